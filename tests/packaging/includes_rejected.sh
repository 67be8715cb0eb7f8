#!/bin/sh
# Proves that scripts/check-includes rejects what it must: plants one bad include at a time in a copy.
# Usage: includes_rejected.sh SOURCE_FOLDER
set -eu
source=$1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$source/src" "$source/include" "$copy"
"$source/scripts/check-includes" "$copy" >/dev/null
missed=0 planted=0

# plant FILE INCLUDE
plant() {
    printf "%s\n" "$2" | sed "/^ *#/!s/^/#include /" >"$copy/$1"
    if "$source/scripts/check-includes" "$copy" >/dev/null; then
        echo "not rejected: #include $2 in $1"
        missed=$((missed + 1))
    fi
    rm "$copy/$1"
    planted=$((planted + 1))
}

plant src/base/planted.c '"comm/comm.h"'
plant src/circuit/planted.h '"problem/problem.h"'
plant src/kernels/planted.c '"plan/plan.h"'
plant src/plan/planted.c '"comm/comm.h"'
plant src/plan/planted.c '<mpi.h>'
plant src/state/planted.c '"plan/plan.h"'
plant src/state/planted.c '"exec/exec.h"'
plant src/exec/planted.c '"problem/problem.h"'
plant src/exec/planted.c '<exaket/session_mpi.h>'
plant src/observe/planted.c '"io/io.h"'
plant src/io/planted.c '"algo/algo.h"'
plant src/io/planted.c '<nlopt.h>'
plant src/io/planted.c '"comm/session_private.h"'
plant src/algo/planted.c '<jansson.h>'
plant src/algo/planted.c '<hdf5.h>'
plant src/sweep/planted.c '<cyaml/cyaml.h>'
plant src/sweep/planted.c '<Random123/philox.h>'
plant src/sweep/planted.c '"cli/cli.h"'
plant src/cli/planted.c '"base/base.h"'
plant src/cli/planted.c '<jansson.h>'
plant src/comm/planted.c '"base.h"'
plant src/comm/planted.c '  # include   <hwloc.h>'
plant include/exaket/planted.h '<mpi.h>'
plant include/exaket/planted.h '"base/base.h"'

# And that it accepts what is right.
printf '#include "plan/layout.h"\n#include "comm/comm.h"\n#include <stdio.h>\n' >"$copy/src/state/planted.c"
printf '#include <mpi.h>\n#include "base/base.h"\n' >"$copy/src/comm/planted.c"
"$source/scripts/check-includes" "$copy"
echo "$planted bad includes planted, $missed not rejected"
[ "$missed" -eq 0 ]
