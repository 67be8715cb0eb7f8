#!/bin/sh
# Installs into a temporary prefix and runs its program, and builds a small outside
# program against it in three ways.
# Usage: outside.sh BUILD_FOLDER CMAKE GENERATOR CC
set -eu
build=$1 cmake=$2 generator=$3 cc=$4
here=$(cd "$(dirname "$0")/outside" && pwd)
work=$(mktemp -d)
finish() { status=$?; [ $status -eq 0 ] || cat "$work/log"; rm -rf "$work"; exit $status; }
trap finish EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
"$cmake" --install "$build" --prefix "$work/tree" >"$work/log" 2>&1

# The tree may be moved: nothing in it may know where it was installed first.
mv "$work/tree" "$work/prefix"
prefix=$work/prefix
pc=$(dirname "$(find "$prefix" -name exaket.pc)")
library=$(dirname "$(find "$prefix" -name libexaket.so)")
unset LD_LIBRARY_PATH

echo "== what is installed"
for file in bin/exaket share/exaket/plot.gp share/man/man1/exaket.1 \
    share/bash-completion/completions/exaket include/exaket/exaket.h; do
    [ -e "$prefix/$file" ] || { echo "missing: $file" && exit 1; }
done
"$prefix/bin/exaket" --version
if grep -rIl -e "$work/tree" "$prefix"; then echo "these name the prefix" && exit 1; fi

echo "== pkg-config"
export PKG_CONFIG_PATH="$pc"
# shellcheck disable=SC2046  # flags are words
"$cc" "$here/main.c" -o "$work/by-pkg-config" $(pkg-config --cflags --libs exaket) \
    -Wl,-rpath,"$library"
"$work/by-pkg-config"

for kind in shared static; do
    echo "== find_package, $kind"
    case $kind in
    shared) target=exaket::exaket components= ;;
    static) target=exaket::exaket_static components=static ;;
    esac
    "$cmake" -S "$here" -B "$work/$kind" -G "$generator" -DCMAKE_PREFIX_PATH="$prefix" \
        -DTARGET="$target" -DCOMPONENTS="$components" -DCMAKE_C_COMPILER="$cc" >>"$work/log" 2>&1
    "$cmake" --build "$work/$kind" >>"$work/log" 2>&1
    "$work/$kind/outside"
done
if ldd "$work/static/outside" | grep libexaket; then
    echo "the static one is not static" && exit 1
fi
