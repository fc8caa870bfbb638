#!/bin/sh
# Installs, by apt, what the source tree needs and the box does not have.
#
#   packaging/deps.sh [build] [check] [demo] [phone] [chromium] [lint] [deb]
#                     [lintian] [chroot]
#
# Without a word it does build, check and demo. Run it from the top of the source
# tree; BUILD names the build folder (default: build).
#
# These promises are kept, because people run this on their own home servers:
#   - it says what it is going to install before it does, and is silent and quick
#     when nothing is missing;
#   - it never removes a package: where apt would have to, it stops and says which;
#   - it never starts or enables a service. Debian starts a mail or web server the
#     moment it is installed, and its mail servers exclude one another as packages.
#     So servers are not installed at all: their packages are unpacked into
#     BUILD/servers/NAME, where only the tests and the demo find them. So are browsers and a
#     keyring, which would bring a desktop's services along, npm, which has 350 packages, and
#     the shells that complete the command line.

set -eu
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
exec </dev/null

BUILD=${BUILD:-build}
log=$BUILD/deps.log

build_packages="gcc make pkgconf libc6-dev libetpan-dev libcurl4-gnutls-dev
    libconfig-dev libsqlite3-dev libgnutls28-dev libseccomp-dev nettle-dev libgmp-dev
    libcjson-dev libexpat1-dev libidn2-dev libqrencode-dev libsecret-1-dev"
demo_packages="python3 gnutls-bin"
check_packages="$demo_packages libcmocka-dev python3-pytest python3-cryptography python3-jwt
    python3-hpack python3-gi python3-jsonschema valgrind iproute2 nftables
    ca-certificates"
phone_packages="ca-certificates"
lint_packages="clang libclang-rt-dev clang-format clang-tidy cppcheck mandoc"
deb_packages="build-essential debhelper libcmocka-dev python3"
lintian_packages="lintian"
chroot_packages="mmdebstrap debian-archive-keyring"

dovecot_packages="dovecot-core dovecot-imapd dovecot-lmtpd"
nginx_packages="nginx libnginx-mod-nchan"
cyrus_packages="cyrus-imapd cyrus-common sasl2-bin libsasl2-modules libsasl2-modules-db"
courier_packages="courier-imap courier-base courier-authdaemon courier-authlib
    courier-authlib-userdb"
keyring_packages="gnome-keyring dbus-daemon"
shells_packages="zsh fish"
firefox_packages="firefox-esr"
chromium_packages="chromium"
npm_packages="npm"

say() { echo "deps: $*"; }
die() { echo "deps: $*" >&2; exit 1; }

main() {
    command -v apt-get >/dev/null || die "this needs apt (Debian, Raspberry Pi OS)." \
        "On another system install these yourself: $build_packages $check_packages"
    mkdir -p "$BUILD"
    [ $# -gt 0 ] || set -- build check demo
    packages='' servers='' more_servers='' phone='' chromium=''
    for group in "$@"; do
        case $group in
            build)    packages="$packages $build_packages" ;;
            check)    packages="$packages $check_packages" servers=yes more_servers=yes ;;
            demo)     packages="$packages $demo_packages" servers=yes ;;
            phone)    packages="$packages $phone_packages $(node_package)" servers=yes phone=yes ;;
            chromium) packages="$packages $phone_packages $(node_package)" chromium=yes ;;
            lint)     packages="$packages $lint_packages" ;;
            deb)      packages="$packages $deb_packages" ;;
            lintian)  packages="$packages $lintian_packages" ;;
            chroot)   packages="$packages $chroot_packages" ;;
            *) die "what is '$group'? Known: build check demo phone chromium lint deb" \
                "lintian chroot" ;;
        esac
    done
    install_missing $packages
    if [ "$servers" ]; then
        unpack dovecot $dovecot_packages
        unpack nginx $nginx_packages
    fi
    if [ "$more_servers" ]; then
        unpack cyrus $cyrus_packages
        unpack courier $courier_packages
        unpack keyring $keyring_packages
        unpack shells $shells_packages
    fi
    if [ "$phone" ]; then
        unpack firefox $firefox_packages
        add_phone_modules
        add_node_modules node "http_ece, jose, oidc-provider, web-push-testing"
    fi
    if [ "$chromium" ]; then
        unpack chromium $chromium_packages
        add_phone_modules
    fi
}

# --- packages that are installed -------------------------------------------

install_missing() {
    missing=$(not_installed "$@")
    [ "$missing" ] || return 0
    make_plan $missing
    refuse_removals "$plan" $missing
    say "apt is going to install:$(list $(planned "$plan"))"
    say "nothing is removed, no service is started; this can take a few minutes ($log)"
    apt_get install $missing || {
        # Lists that are some weeks old name files that the mirror no longer has.
        apt_get update && apt_get install $missing
    } || failed "apt could not install$(list $missing)"
}

# not_installed PACKAGE...: those that are not, each once. dpkg has words like
# "not-installed" and "half-installed", too: hence the bars.
not_installed() {
    have=$(dpkg-query -W -f '|${db:Status-Status}|${Package}|' "$@" 2>/dev/null) || :
    for package in "$@"; do
        case $have in *"|installed|$package|"*) continue ;; esac
        have="$have|installed|$package|"
        echo "$package"
    done
}

# make_plan PACKAGE...: what apt would do, in $plan. The package lists are fetched only where
# apt has none or they lack a name.
make_plan() {
    plan=$(simulate "$@") && return
    say "fetching the package lists (apt-get update)"
    apt_get update || :                 # one source of many may be out of reach
    plan=$(simulate "$@") || die "apt cannot install$(list "$@"). It says:
$plan"
}

simulate() { apt-get install --simulate --no-install-recommends "$@" 2>&1; }

# planned PLAN: the names that a simulation would install, as NAME=VERSION if $2
planned() {
    echo "$1" | awk -v versions="${2:-}" '$1 == "Inst" {
        version = $3 ~ /^\[/ ? $4 : $3      # "[old] (new ..." where it is an upgrade
        print $2 (versions ? "=" substr(version, 2) : "") }'
}

refuse_removals() {
    removed=$(echo "$1" | awk '$1 == "Remv" { print $2 }')
    shift
    [ "$removed" ] || return 0
    die "to install$(list "$@"), apt would have to remove$(list $removed)." \
        "This script removes nothing. If you can do without, run" \
        "'apt-get remove$(list $removed)' yourself and call me again;" \
        "otherwise build in a chroot or container."
}

list() { printf ' %s' "$@"; }

# As root: never removes, never asks, waits for another apt.
apt_get() {
    command="apt-get --no-install-recommends --no-remove"
    sudo=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "this needs root, and there is no sudo." \
            "Run as root: $command$(list "$@")"
        sudo="sudo env DEBIAN_FRONTEND=$DEBIAN_FRONTEND"
    fi
    $sudo $command -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1
}

failed() {
    tail -n 20 "$log" >&2
    die "$*. The whole log is $log"
}

# --- servers that are only unpacked ----------------------------------------

# unpack NAME PACKAGE...: the packages, and those they depend on that the box lacks, in
# BUILD/servers/NAME. An ordinary user can do this. What the box has is used from the box,
# except the named packages themselves: they are unpacked even where they are installed.
unpack() {
    name=$1; shift
    tree=$BUILD/servers/$name
    stamp="$(system) $*"
    [ "$(head -n 1 "$tree/.stamp" 2>/dev/null)" != "$stamp" ] || return 0
    make_plan "$@"
    wanted=$(closure "$plan" "$@")
    say "unpacking into $tree, not installing:$(list $(without_versions $wanted))"
    fetch "$tree.new" $wanted
    echo "$stamp" >"$tree.new/.stamp"
    list $wanted >>"$tree.new/.stamp"
    rm -rf "$tree"
    mv "$tree.new" "$tree"
}

# What a tree fits: after a release upgrade the libraries of the box are others.
system() { (. /etc/os-release && echo "$ID ${VERSION_ID:-} $(dpkg --print-architecture)"); }

# closure PLAN PACKAGE...: what to unpack. Never the C library: it must match the loader.
# Nor what a program in a tree does not use: a mail server of the system's own, languages for
# scripts, a virus scanner, what starts services, icons.
closure() {
    planned "$1" versions | grep -v -e '^libc6' -e '^libc-bin=' -e '^exim4' -e '^perl' \
        -e '^libperl' -e '^gawk=' -e '^libclamav' -e '^debconf' \
        -e '^systemd' -e '^dbus=' -e '^dbus-user-session=' -e '^adwaita-icon-theme=' || :
    names=$(planned "$1")
    shift
    for package in "$@"; do
        echo "$names" | grep -qx "$package" || echo "$package"
    done
}

without_versions() { printf '%s\n' "$@" | sed 's/=.*//'; }

# fetch FOLDER PACKAGE...: downloads and unpacks, in a folder of its own
fetch() {
    rm -rf "$1"
    mkdir -p "$1/.debs"
    folder=$(cd "$1" && pwd); shift
    download "$@" || { apt_get update && download "$@"; } ||
        failed "could not download$(list "$@")"
    for deb in "$folder"/.debs/*.deb; do
        dpkg -x "$deb" "$folder" || die "cannot unpack $deb"
    done
    rm -rf "$folder/.debs"
}

# As root, apt would like to download as its own user, who may not write here.
download() {
    (cd "$folder/.debs" &&
        apt-get download -q -o APT::Sandbox::User=root "$@") >>"$log" 2>&1
}

# --- what npm brings -------------------------------------------------------

# Node may be of another origin than Debian's, and then is not to be replaced.
node_package() { command -v node >/dev/null || echo nodejs; }

# what drives a browser
add_phone_modules() { add_node_modules phone "puppeteer-core, ws, jsqr"; }

# add_node_modules NAME WORDS: what tests/NAME needs, in BUILD/NAME: exactly what its lock
# file says, and anew where that says something else than last time. No program out of these
# packages is run by this. (Not by --engine-strict: one of them asks for a newer Node than
# Debian 12 has, and does without.)
add_node_modules() {
    lock=tests/$1/package-lock.json folder=$BUILD/$1
    ! cmp -s "$lock" "$folder/package-lock.json" || return 0
    command -v npm >/dev/null || unpack npm $npm_packages
    say "npm is going to put into $folder: $2 and what they need"
    rm -rf "$folder.new"
    mkdir "$folder.new"
    cp "tests/$1/package.json" "$lock" "$folder.new"
    run_npm ci --prefix "$folder.new" --omit=optional --ignore-scripts \
        --no-audit --no-fund --no-update-notifier >>"$log" 2>&1 ||
        failed "npm could not bring what tests/$1 needs"
    rm -rf "$folder"
    mv "$folder.new" "$folder"
}

# npm of the box or, where there is none, out of Debian's package: then its own modules are
# not where Debian's Node looks for them.
run_npm() {
    if command -v npm >/dev/null; then
        npm "$@"
        return
    fi
    tree=$(cd "$BUILD/servers/npm" && pwd)
    NODE_PATH=$tree/usr/share/nodejs:$(echo "$tree"/usr/lib/*/nodejs) \
        node "$tree/usr/share/nodejs/npm/bin/npm-cli.js" "$@"
}

main "$@"
