# Another Debian in a folder, and commands run in it. For the scripts beside this one, which
# say first who speaks (name=...). All of it needs root.
#
# A command runs in a mount and a process namespace of its own. So nothing that it started
# or mounted is left, however it ends.

BUILD=${BUILD:-build}
MIRROR=${MIRROR:-}                      # of Debian's archive; default: deb.debian.org

say() { echo "$name: $*"; }
die() { echo "$name: $*" >&2; exit 1; }

# make_root RELEASE FOLDER: a root file system like that of a bare container, once: less
# than any installed Debian has.
make_root() {
    [ ! -e "$2" ] || return 0
    say "making a Debian ($1) in $2 (150 MB; only the first time)"
    rm -rf "$2.new"
    mkdir -p "$2.new"
    mmdebstrap --variant=minbase --include=make,gcc --skip=cleanup/apt/lists \
        "$1" "$2.new" $MIRROR >"$2.log" 2>&1 || {
        tail -n 20 "$2.log" >&2
        die "mmdebstrap failed; the whole log is $2.log"
    }
    # The proxy through which this box reaches Debian's archive, where there is one.
    apt-config dump | grep -i '^Acquire::.*proxy' >"$2.new/etc/apt/apt.conf.d/90proxy" || :
    mv "$2.new" "$2"
}

# copy_source FOLDER: into its /src what git would commit, without what was built
copy_source() {
    rm -rf "$1/src"
    mkdir "$1/src"
    git ls-files -z --cached --others --exclude-standard -- . ":!$BUILD" |
        tar --create --null --files-from=- --ignore-failed-read |
        tar --extract --directory="$1/src"
    [ -e "$1/src/Makefile" ] || die "git could not list the files of this source tree"
}

# run_inside FOLDER COMMAND...: as root, in its /src, with names as a container has them
run_inside() {
    cp -L /etc/resolv.conf "$1/etc/resolv.conf"
    printf '%s\n' '127.0.0.1 localhost' '::1 localhost' >"$1/etc/hosts"
    unshare --mount --pid --fork --kill-child sh -euc '
        root=$1; shift
        mount --bind "$root" "$root"    # so that tests can have networks of their own
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
        exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            sh -c "cd /src && exec \"\$@\"" sh "$@"' sh "$@"
}
