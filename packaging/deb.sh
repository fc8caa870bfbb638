#!/bin/sh
# make deb: a Debian package for the release and the processor of this box.
#
#   packaging/deb.sh [-b | -F]      -F: and the source package, for lintian
#
# Debian's tools want debian/ at the top of a tree of its own, and write beside that tree:
# both are in BUILD/deb, made afresh each time from what is here, committed or not. What it
# needs, packaging/deps.sh brings (build deb). No root is needed.

set -eu
BUILD=${BUILD:-build}
parts="CHANGELOG.md LICENSE Makefile README.md config docs man packaging src tests"

say() { echo "deb: $*"; }

version=$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)
upstream=${version%-*}
folder=$BUILD/deb
source=$folder/imappushd-$upstream

rm -rf "$folder"
mkdir -p "$source"
cp -R $parts "$source"
find "$source" -name __pycache__ -prune -exec rm -rf {} +
tar --create --gzip --file="$folder/imappushd_$upstream.orig.tar.gz" \
    --directory="$folder" "imappushd-$upstream"
cp -R packaging/debian "$source"

say "building imappushd $version in $source"
# What this make was told is not for the package's own.
(cd "$source" && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
    dpkg-buildpackage --unsigned-source --unsigned-changes "${1:--b}")

deb=$(realpath "$folder"/imappushd_*.deb)
say "built $deb"
say "install it:  sudo apt install $deb"
