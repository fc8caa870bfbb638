#!/bin/sh
# make check-debian13: the demo and the tests on Debian 13, on a box that runs another.
#
#   tests/debian13.sh [COMMAND...]      default: make demo && make check
#
# Debian 13 has Dovecot 2.4, whose configuration is another one, and newer compilers and
# libraries. mmdebstrap makes a small Debian 13 in BUILD/debian13, once; the source tree is
# copied in, afresh each time, and the command runs there as root. That needs root here.
#
# The command runs in a mount and a process namespace of its own. So nothing that it
# started or mounted is left, however it ends.

set -eu
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
MIRROR=${MIRROR:-}                      # of Debian's archive; default: deb.debian.org
home=$BUILD/debian13
root=$home/root

say() { echo "debian13: $*"; }
die() { echo "debian13: $*" >&2; exit 1; }

main() {
    [ "$(id -u)" = 0 ] || die "this needs root: sudo make check-debian13"
    [ $# -gt 0 ] || set -- sh -c 'make demo && make check'
    BUILD=$BUILD packaging/deps.sh debian13
    [ -e "$root" ] || make_root
    copy_source
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    say "running in Debian 13: $*"
    run_inside "$@"
}

# A root file system like that of a bare container: less than any installed Debian has.
make_root() {
    say "making a Debian 13 in $root (150 MB; only the first time)"
    mkdir -p "$home"
    rm -rf "$root.new"
    mmdebstrap --variant=minbase --include=make,gcc --skip=cleanup/apt/lists \
        trixie "$root.new" $MIRROR >"$home/mmdebstrap.log" 2>&1 || {
        tail -n 20 "$home/mmdebstrap.log" >&2
        die "mmdebstrap failed; the whole log is $home/mmdebstrap.log"
    }
    # The proxy through which this box reaches Debian's archive, where there is one.
    apt-config dump | grep -i '^Acquire::.*proxy' >"$root.new/etc/apt/apt.conf.d/90proxy" || :
    mv "$root.new" "$root"
}

# What git would commit, without what was built.
copy_source() {
    rm -rf "$root/src"
    mkdir "$root/src"
    git ls-files -z --cached --others --exclude-standard -- . ":!$BUILD" |
        tar --create --null --files-from=- --ignore-failed-read |
        tar --extract --directory="$root/src"
    [ -e "$root/src/Makefile" ] || die "git could not list the files of this source tree"
}

run_inside() {
    unshare --mount --pid --fork --kill-child sh -euc '
        root=$1; shift
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
        exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            sh -c "cd /src && exec \"\$@\"" sh "$@"' sh "$root" "$@"
}

main "$@"
