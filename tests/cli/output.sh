#!/bin/bash
# What `exaket qaoa` prints, in both formats, and where it goes.
# Usage: output.sh EXAKET MPIRUN JSON_VALUE
set -u
exaket=$1 mpirun=$2 json_value=$3
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

two_ranks() { "$mpirun" --oversubscribe --bind-to none -n 2 "$exaket" "$@"; }
keys="energy approximation_ratio best_value best_bitstring p_optimal gamma.0 beta.0 evaluations
qubits ranks threads_per_rank precision seconds.prepare seconds.optimize seconds.total problem.kind
problem.name optimum counts optimizer plan.stages plan.reshuffles plan.passes
plan.bytes_sent_per_rank memory.state_bytes_per_rank"

printf '0 1\n1 2\n2 3\n3 0\n' >ring.txt

two_ranks qaoa ring.txt --layers 1 --format json >json 2>err
expect $? "optimise, JSON: exit status"
# shellcheck disable=SC2086  # the keys are words
"$json_value" $keys <json >values
expect $? "all keys are there"
awk 'NR == 1 { exit !($1 > 2.999999 && $1 < 3.000001) }' values
expect $? "ring of 4, p = 1: energy 3/4 per edge, got $(head -1 values)"
grep -qE '^exaket: 4 qubits, 2 ranks x 1 thread, .*state \+ .*buffers per rank, double$' err
expect $? "the line at the start: $(cat err)"

two_ranks qaoa ring.txt --gamma 0.7 --beta 0.4 >text 2>err
expect $? "evaluate, text: exit status"
grep -q '^  energy ' text && grep -q '^  outcome ' text
expect $? "a table and a histogram"
two_ranks qaoa ring.txt --gamma 0.7 --beta 0.4 -q >/dev/null 2>err
expect $? "quiet: exit status"
expect "$(wc -c <err)" "quiet: nothing on the standard error"

two_ranks qaoa ring.txt --gamma 0.7 --beta 0.4 --no-optimum --format json 2>/dev/null >json
[ "$("$json_value" approximation_ratio optimum optimizer <json | sort -u)" = null ]
expect $? "without the optimum: null"

two_ranks qaoa ring.txt --gamma 0.7 --beta 0.4 --format json -o here.json >out 2>/dev/null
expect $? "to a file: exit status"
expect "$(wc -c <out)" "to a file: nothing on the standard output"
"$json_value" energy <here.json >/dev/null
expect $? "to a file: one object"
[ "$(echo here.json*)" = here.json ]
expect $? "to a file: nothing besides it: $(echo here.json*)"

if [ -w /dev/full ]; then
    "$exaket" qaoa ring.txt --gamma 0.7 --beta 0.4 >/dev/full 2>err
    expect "$(($? != 1))" "a full disk is an error"
    grep -q 'cannot write the standard output: No space' err
    expect $? "and says so: $(cat err)"
fi

"$exaket" qaoa ring.txt -p 2 -t 1 >one 2>/dev/null
"$exaket" qaoa ring.txt -p 2 -t 3 >three 2>/dev/null
cmp -s <(grep -v ' in all' one) <(grep -v ' in all' three)
expect $? "the same text with 1 and 3 threads"
"$exaket" --threads 2 --format json qaoa ring.txt --gamma 0.7 --beta 0.4 2>/dev/null |
    "$json_value" threads_per_rank | grep -qx 2
expect $? "common options may stand before the command"

summarize
