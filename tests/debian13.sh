#!/bin/sh
# make check-debian13: the demo and the tests on Debian 13, on a box that runs another.
#
#   tests/debian13.sh [COMMAND...]      default: make demo && make check
#
# Debian 13 has Dovecot 2.4, whose configuration is another one, and newer compilers and
# libraries. A small Debian 13 is made in BUILD/debian13, once; the source tree is copied
# in, afresh each time, and the command runs there as root. That needs root here.

set -eu
cd "$(dirname "$0")/.."
name=debian13
. tests/chroot.sh
root=$BUILD/debian13/root

[ "$(id -u)" = 0 ] || die "this needs root: sudo make check-debian13"
[ $# -gt 0 ] || set -- sh -c 'make demo && make check'
BUILD=$BUILD packaging/deps.sh chroot
make_root trixie "$root"
copy_source "$root"
say "running in Debian 13: $*"
run_inside "$root" "$@"
