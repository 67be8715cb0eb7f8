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

# ---- as many states as there were ----------------------------------------------------------------
# states BYTES NUMBER WORDS...: what one command says of them.
states() {
    "$exaket" "${@:3}" --format json >json 2>err
    expect $? "states: exaket ${*:3}: $(cat err)"
    expect "$(($("$json_value" memory.state_bytes_per_rank <json) != $1 ||
        $("$json_value" memory.states <json) != $2 ||
        $("$json_value" memory.all_states_bytes_per_rank <json) != $1 * $2))" \
        "states: exaket ${*:3}: $(cat json)"
}
states 256 1 qaoa ring.txt -p 1 --symmetry off
states 256 2 qaoa ring.txt -p 1 --symmetry off --optimizer lbfgs
states 128 2 qaoa ring.txt -p 1 --symmetry on --optimizer lbfgs
states 65536 2 vqe tfim:12:1:open --layers 1 --evaluate --no-exact
grep -q ', 2 x 64 KiB state + ' err
expect $? "states: the line at the start: $(cat err)"

# ---- names that stand for no file, or for another ------------------------------------------------
# evaluate WORDS...: one evaluation, quickly.
evaluate() { "$exaket" qaoa ring.txt --gamma 0.7 --beta 0.4 --format json "$@" 2>err; }
printf 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\nh q[0];\n' >one.qasm

mkfifo pipe
cat pipe >got &
reader=$!
evaluate -o pipe
expect $? "into a pipe: exit status"
[ -p pipe ]
expect $? "a pipe stays one: $(ls -l pipe)"
[ -p pipe ] || kill $reader
wait $reader
"$json_value" energy <got >/dev/null
expect $? "and its reader gets the object: $(cat got)"

mkdir elsewhere
echo old >elsewhere/target.txt
ln -s elsewhere/target.txt link
ln -s link second
evaluate -o second
expect $? "through links: exit status"
[ "$(readlink second) $(readlink link)" = "link elsewhere/target.txt" ] &&
    "$json_value" energy <elsewhere/target.txt >/dev/null
expect $? "links stay, and the file that they lead to is replaced: $(ls -l . elsewhere)"
ln -s elsewhere/new.txt early
evaluate -o early
expect $? "through a link to no file yet: exit status"
[ -L early ] && "$json_value" energy <elsewhere/new.txt >/dev/null
expect $? "the file is made where the link leads: $(ls -l . elsewhere)"
[ "$(cd elsewhere && echo *)" = "new.txt target.txt" ]
expect $? "nothing besides them: $(ls -A elsewhere)"
ln -s loop loop
evaluate -o loop
expect "$(($? != 1))" "a link to itself is refused"
grep -q 'cannot write loop: over 40 links' err
expect $? "and it says so: $(cat err)"

echo before >log
evaluate -o /dev/stdout >>log
expect $? "the standard output by its name: exit status"
[ "$(head -1 log)" = before ] && tail -n +2 log | "$json_value" energy >/dev/null
expect $? "goes behind what is there: $(cat log)"

# only_files WHAT WORDS...: what cannot be written straight into a pipe is refused before the run.
only_files() {
    local status
    timeout 60 "$exaket" "${@:2}" >out 2>err </dev/null
    status=$?
    [ $status -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] && [ ! -s out ]
    expect $? "${*:2}: exit status $status"
    grep -q "^exaket: error: $1, and this output needs a file of its own" err
    expect $? "${*:2}: $(cat err)"
}
mkfifo pipe.h5
only_files "pipe.h5 is a pipe" run one.qasm -o pipe.h5
only_files "pipe is a pipe" run one.qasm --save-state pipe
only_files "pipe is a pipe" run one.qasm --checkpoint pipe
only_files "pipe is a pipe" bench stream --qubits 10 --save-machine pipe
[ -p pipe ] && [ -p pipe.h5 ]
expect $? "pipes stay: $(ls -l)"

for output in --save-state -o; do
    ln -sf "elsewhere/state$output.h5" state.h5
    for run in first second; do
        "$exaket" run one.qasm $output state.h5 >out 2>err
        expect $? "run $output through a link, $run time"
        [ -L state.h5 ] && [ -s "elsewhere/state$output.h5" ]
        expect $? "run $output, $run time: the file is where the link leads: $(ls -l . elsewhere)"
    done
done
ln -sf elsewhere/run.ckpt run.ckpt
for run in first second; do
    "$exaket" run one.qasm --checkpoint run.ckpt --max-time 1e-9 >out 2>err
    expect "$(($? != 75))" "a run that stops, $run time"
    [ -L run.ckpt ] && [ -s elsewhere/run.ckpt ]
    expect $? "$run checkpoint: it is where the link leads: $(ls -l . elsewhere)"
done
[ -s elsewhere/run.ckpt.previous ] && [ ! -e run.ckpt.previous ]
expect $? "the one before is next to it: $(ls -l . elsewhere)"
"$exaket" run one.qasm --checkpoint run.ckpt --resume >out 2>err
expect $? "and the run goes on from it: $(cat err)"
ln -sf elsewhere/machine.json machine.json
"$exaket" bench stream --qubits 10 --save-machine machine.json >out 2>err
expect $? "a machine file through a link: exit status"
[ -L machine.json ] && "$json_value" gflops_per_thread <<<"$(cat elsewhere/machine.json)" >/dev/null
expect $? "it is where the link leads: $(ls -l . elsewhere)"

# Devices of our own: a program that gets this wrong as root must not harm the system's.
if mknod null c 1 3 2>/dev/null && (: >null) 2>/dev/null && mknod full c 1 7 2>/dev/null; then
    evaluate -o null
    expect $? "into a device: exit status"
    evaluate -o full
    expect "$(($? != 1))" "a full device is an error"
    grep -q 'cannot write full: No space' err
    expect $? "and says so: $(cat err)"
    only_files "null is a device" run one.qasm --save-state null
    only_files "null is a device" run one.qasm --checkpoint null
    [ -c null ] && [ -c full ]
    expect $? "devices stay: $(ls -l)"
fi

# unwritten WORDS...: what cannot be printed is an error.
unwritten() {
    "$exaket" "$@" >&- 2>err
    expect "$(($? != 1))" "exaket $*, closed: exit status"
    grep -q 'cannot write the standard output: Bad file' err
    expect $? "exaket $*, closed: it says so: $(cat err)"
    [ -w /dev/full ] || return
    "$exaket" "$@" >/dev/full 2>err
    expect "$(($? != 1))" "exaket $*, full: exit status"
    grep -q 'cannot write the standard output: No space' err
    expect $? "exaket $*, full: it says so: $(cat err)"
}
unwritten --version
unwritten --help
unwritten plan --help
unwritten sweep run --help
unwritten qaoa ring.txt --gamma 0.7 --beta 0.4
printf 'name: one\nproblem: {files: ring.txt}\n' >one.yaml
"$exaket" sweep run one.yaml -o one-sweep >out 2>err
expect $? "a sweep: exit status"
unwritten sweep status one-sweep
unwritten sweep report one-sweep

"$exaket" qaoa ring.txt -p 2 -t 1 >one 2>/dev/null
"$exaket" qaoa ring.txt -p 2 -t 3 >three 2>/dev/null
cmp -s <(grep -v ' in all' one) <(grep -v ' in all' three)
expect $? "the same text with 1 and 3 threads"
"$exaket" --threads 2 --format json qaoa ring.txt --gamma 0.7 --beta 0.4 2>/dev/null |
    "$json_value" threads_per_rank | grep -qx 2
expect $? "common options may stand before the command"

summarize
