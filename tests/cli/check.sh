#!/bin/bash
# What a run does when amplitudes get lost between two ranks: it ends, or goes back and is right.
# Usage: check.sh EXAKET MPIRUN JSON_VALUE PLANT_FAULT
set -u
exaket=$1 mpirun=$2 json_value=$3 plant_fault=$4
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
export EXAKET_SHARED_RANKS=1 # in messages

{
    echo 'OPENQASM 2.0; include "qelib1.inc"; qreg q[8];'
    for layer in 1 2 3; do
        for q in 0 1 2 3 4 5 6 7; do echo "ry(0.$layer$q) q[$q];"; done
        for q in 0 1 2 3 4 5 6; do echo "cx q[$q],q[$((q + 1))];"; done
    done
} >program.qasm
echo "1 XIIIIIIZ" >sum.txt

# run WORDS...: on two ranks, into out and err.
launch=()
run() {
    on_ranks 2 "${launch[@]}" "$exaket" run program.qasm --observable sum.txt --format json "$@" \
        >out 2>err
}

run
expect $? "sound: $(cat err)"
value=$("$json_value" expectations.0.value <out)
[ "$("$json_value" plan.bytes_sent <out)" -gt 0 ]
expect $? "amplitudes travel"
launch=(env PLANT_RANK=1 PLANT_LOSS=1 LD_PRELOAD="$plant_fault")
run --save-state state.h5
[ $? -eq 1 ] && [ ! -s out ] && [ ! -e state.h5 ] &&
    [ "$(grep -c "^exaket: error: the norm of the state is .* no longer 1: memory or network" err)" -eq 1 ]
expect $? "the norm tells: $(cat err)"
run --check none
expect $? "nobody looks"
run --check full
[ $? -eq 0 ] && grep -q "amplitudes changed on their way .* going back to the beginning" err &&
    [ "$("$json_value" expectations.0.value <out)" = "$value" ]
expect $? "a checksum tells: $(cat err)"
summarize
