#!/bin/sh
# Compiles every public header by itself, twice in a row, as C11 and as C++.
# Usage: headers_alone.sh INCLUDE_FOLDER CC CXX MPI_INCLUDE_FOLDERS (separated by semicolons)
set -eu
include=$1 cc=$2 cxx=$3
folders=$(printf '%s' "$4" | sed 's/[^;][^;]*/-isystem &/g; s/;/ /g')
warnings="-Wall -Wextra -Wpedantic -Werror -fsyntax-only"
count=0 bad=0

# compile LANGUAGE HEADER COMPILER FLAGS...
compile() {
    language=$1 header=$2
    shift 2
    # shellcheck disable=SC2086  # the flags are words
    printf '#include <exaket/%s>\n#include <exaket/%s>\nint main(void) { return 0; }\n' \
        "$header" "$header" | "$@" $warnings -I"$include" $folders -x "$language" - || {
        echo "$header does not compile alone as $language"
        bad=$((bad + 1))
    }
    count=$((count + 1))
}

case $cxx in *NOTFOUND | '') echo "skipped for C++: no compiler" && cxx= ;; esac
for path in "$include"/exaket/*.h; do
    header=$(basename "$path")
    compile c "$header" "$cc" -std=c11
    [ -z "$cxx" ] || compile c++ "$header" "$cxx" -std=c++11
done
echo "$count compilations, $bad failed"
[ "$bad" -eq 0 ]
