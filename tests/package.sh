#!/bin/sh
# make check-deb: the Debian package on Debian 12 and 13, whatever this box runs.
#
#   tests/package.sh [RELEASE...]       default: bookworm trixie
#
# For each release there are three of it in BUILD/package: a bare one; one in which "make
# deb" was called, which keeps what that installed; and a fresh copy of the bare one, in which
# apt installs the package, as on the box of somebody who builds nothing. There it is tried
# and purged, and has to leave nothing. That needs root here.

set -eu
cd "$(dirname "$0")/.."
name=package
. tests/chroot.sh

main() {
    if [ "${1:-}" = --inside ]; then
        try_package
        return
    fi
    [ "$(id -u)" = 0 ] || die "this needs root: sudo make check-deb"
    [ $# -gt 0 ] || set -- bookworm trixie
    BUILD=$BUILD packaging/deps.sh chroot
    for release in "$@"; do
        check_release
    done
}

check_release() {
    folder=$BUILD/package/$release
    make_root "$release" "$folder/bare"
    [ -e "$folder/builder" ] || copy_bare builder
    copy_source "$folder/builder"
    say "$release: building"
    run_inside "$folder/builder" make deb >"$folder/build.log" 2>&1 || {
        tail -n 40 "$folder/build.log" >&2
        die "$release: make deb failed; the whole log is $folder/build.log"
    }
    copy_bare box
    copy_source "$folder/box"
    cp "$folder"/builder/src/build/deb/imappushd_*.deb "$folder/box/src"
    say "$release: trying it"
    run_inside "$folder/box" tests/package.sh --inside || die "$release: it failed"
    rm -rf "$folder/box"
    say "$release: built, installed, tried, purged"
}

copy_bare() {
    rm -rf "$folder/$1"
    cp -a "$folder/bare" "$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
}

# --- in the fresh copy -----------------------------------------------------

try_package() {
    quietly apt-get update
    install_packages /src/imappushd_*.deb
    nobody_has_it_enabled
    a_user_has_a_configuration
    install_packages python3-pytest python3-cryptography gnutls-bin iproute2 nftables
    the_installed_programs_work
    install_packages systemd man-db
    quietly env XDG_RUNTIME_DIR=/tmp systemd-analyze --user verify imappushd.service
    quietly apt-get purge -y imappushd
    nothing_is_left
}

# quietly COMMAND...: what it says is only shown where it fails
quietly() {
    "$@" >/tmp/quietly.log 2>&1 && return
    cat /tmp/quietly.log >&2
    die "this failed: $*"
}

install_packages() {
    quietly env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "$@"
}

nobody_has_it_enabled() {
    found=$(find /etc/systemd -name 'imappushd*' 2>/dev/null || :)
    [ -z "$found" ] || die "enabled for everybody: $found"
}

# With nothing but what the package brings; the two files are those of the README.
a_user_has_a_configuration() {
    useradd --create-home alice
    su - alice -c '
        set -eu
        umask 077
        imappushd --version
        mkdir -p .config/imappushd/accounts.d .config/imappushd/endpoints.d
        echo "open sesame" >password
        cat >.config/imappushd/accounts.d/work.conf <<END
            host = "imap.example.org";
            user = "alice@example.org";
            password_file = "$HOME/password";
END
        echo "url = \"https://push.example/wpush/abc\";" \
            >.config/imappushd/endpoints.d/phone.conf
        imappushd --check-config
    ' || die "a user has no use for it"
}

# Each program of it once: mail that becomes a push (courier), settings that are found
# (discover), a password that is kept (credential), a QR code (qr).
the_installed_programs_work() {
    tests=/src/tests/e2e
    quietly env IMAPPUSHD_BINARY=/usr/bin/imappushd \
        IMAPPUSHD_TESTCLOCK_BINARY=/usr/bin/imappushd \
        python3 -m pytest -q -rs -p no:cacheprovider \
        "$tests/test_idle.py::test_recent_comes_alone" \
        "$tests/test_discover.py::test_service_record" \
        "$tests/test_set_password.py::test_refused_account_is_tried_at_once" \
        "$tests/test_qr.py"
    ! grep SKIPPED /tmp/quietly.log || die "that is not to be skipped here"
    tail -n 1 /tmp/quietly.log
}

# But for the user's own files, and what man keeps of pages that it showed.
nothing_is_left() {
    found=$(find / -xdev \( -path /src -o -path /home -o -path /var/cache/man \) -prune -o \
        -name '*imappushd*' -print)
    [ -z "$found" ] || die "left behind: $found"
}

main "$@"
