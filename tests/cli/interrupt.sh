#!/bin/bash
# Signals end a sweep in good order, and kill -9 in bad order: in all cases the same command finishes
# it with the results of an undisturbed run.
# Usage: interrupt.sh EXAKET MPIRUN JSON_VALUE PLANT_FAULT
set -u
exaket=$1 mpirun=$2 json_value=$3 plant_fault=$4
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

cat >spec.yaml <<'SPEC'
name: interrupted
problem:
  generate:
    - {family: regular, vertices: [16, 18], degree: 3, seeds: [1, 2, 3]}
sweep:
  parameters:
    - {name: layers, values: [1, 2, 3]}
SPEC

one_rank() { exec "$exaket" "$@"; }
two_ranks() { exec "$mpirun" --oversubscribe --bind-to none -n 2 "$exaket" "$@"; }
three_ranks() { exec "$mpirun" --oversubscribe --bind-to none -n 3 "$exaket" "$@"; }

# disturb LAUNCH SIGNAL: one run that gets the signal as soon as a first point is done. Seen in the
# journals, so that a busy machine does not let the run end while a program that tells it starts.
disturb() {
    local runner
    "$1" sweep run spec.yaml -o disturbed >out 2>err </dev/null &
    runner=$!
    until grep -qs '"record":"done"' disturbed/journal/*.jsonl; do
        kill -0 $runner 2>/dev/null || break
        sleep 0.02
    done
    kill -"$2" $runner
    wait $runner
    status=$?
}

# Everything but the seconds, which are no result.
results() { cut -d, -f1-14 "$1/results.csv"; }

# try LAUNCH SIGNAL STATUS
try() {
    rm -rf disturbed
    disturb "$1" "$2"
    expect "$((status != $3))" "$1, $2: exit status $status, expected $3"
    if [ "$2" != KILL ]; then
        expect "$(($(grep -c '^exaket: error: ' err) != 1))" "$1, $2: one error line"
    fi
    [ ! -e disturbed/results.h5 ]
    expect $? "$1, $2: no results yet"
    "$exaket" sweep status disturbed >out 2>err && grep -q ' [1-9][0-9]* done' out
    expect $? "$1, $2: status tells of the first points"
    # A launcher that was killed leaves its ranks to notice by themselves.
    for _ in $(seq 100); do
        ("$1" sweep run spec.yaml -o disturbed --format json) >out 2>err && break
        grep -q 'another sweep is running' err || break
        sleep 0.1
    done
    [ "$("$json_value" "done" failed <out | tr '\n' ' ')" = "18 0 " ]
    expect $? "$1, $2: all points done at the second time"
    [ "$("$json_value" done_before <out)" -ge 1 ]
    expect $? "$1, $2: finished points are not repeated"
    cmp -s <(results undisturbed) <(results disturbed)
    expect $? "$1, $2: the same results"
}

"$exaket" sweep run spec.yaml -o undisturbed >out 2>err
expect $? "undisturbed: exit status"
for signal in USR1 TERM INT; do try one_rank $signal 75; done
try three_ranks USR1 75
with_grace
try one_rank KILL 137
try three_ranks KILL 137

# ---- what keeps nothing says so ---------------------------------------------

# stopped LAUNCH SIGNAL WORDS...: an optimisation on its own, which gets the signal in its midst.
stopped() {
    local runner
    "$1" "${@:3}" --verbose >out 2>err </dev/null &
    runner=$!
    until grep -qs 'state +' err; do # the plan: evaluations begin
        kill -0 $runner 2>/dev/null || break
        sleep 0.02
    done
    sleep 0.3
    kill -"$2" $runner
    wait $runner
    expect $(($? != 75)) "${*:3}: $2: exit status"
    [ "$(grep -c '^exaket: error: ' err)" -eq 1 ] && [ ! -s out ] &&
        grep -q 'error: stopped on request after [1-9][0-9]* .*the best energy being .*sweep' err
    expect $? "${*:3}: $2: what there was"
}
stopped one_rank TERM qaoa regular:20:3:1 --layers 8 --max-evaluations 100000
stopped two_ranks USR1 qaoa regular:20:3:1 --layers 8 --max-evaluations 100000 --symmetry off
stopped one_rank INT vqe tfim:14:1.0:open --layers 8 --starts 50

# ---- a rank that hangs ends the job by the watchdog ------------------------

# hang STATUS NAME WORDS...: two ranks, of which the second is stopped while it computes.
hang() {
    local status=$1 runner stopped began
    mkdir "$2"
    cd "$2" || exit 1
    "$mpirun" --oversubscribe --bind-to none -n 2 "$exaket" "${@:3}" --watchdog 3 >out 2>err </dev/null &
    runner=$!
    until stopped=$(pgrep -P $runner | sed -n 2p) && [ -n "$stopped" ] &&
        [ "$(cut -d' ' -f14 "/proc/$stopped/stat")" -gt 50 ]; do # half a second: beyond MPI's start
        kill -0 $runner 2>/dev/null || break
        sleep 0.05
    done
    kill -STOP "$stopped"
    began=$SECONDS
    wait $runner
    echo "$? after $((SECONDS - began)) s, expected $status" >status
    kill -KILL "$stopped" 2>/dev/null
    grep -q "^$status after" status && [ $((SECONDS - began)) -le 20 ] &&
        grep -q "^exaket: error: rank 1 on host $(hostname) has been silent" err
}

# suspend WORDS...: of two ranks the second is never heard of, and the job is suspended for a while,
# which is no time in which it could have been.
suspend() {
    local runner ranks
    mkdir suspended
    cd suspended || exit 1
    PLANT_RANK=1 PLANT_MUTE=1 LD_PRELOAD=$plant_fault "$mpirun" --oversubscribe --bind-to none -n 2 \
        "$exaket" "$@" --watchdog 3 --verbose >out 2>err </dev/null &
    runner=$!
    until grep -qs 'state +' err; do
        kill -0 $runner 2>/dev/null || return 1
        sleep 0.02
    done
    ranks=$(pgrep -P $runner)
    # shellcheck disable=SC2086  # the numbers are words
    kill -STOP $ranks && sleep 3.2 && kill -CONT $ranks
    sleep 0.7
    ! grep -q 'hears nothing' err && echo "suspended: not a word" >status
    for _ in $(seq 100); do grep -q 'hears nothing of rank 1' err && break; sleep 0.05; done
    kill -USR1 $runner
    wait $runner
    [ $? -eq 75 ] && [ -s status ] && grep -q 'hears nothing of rank 1' err
}
qaoa=(qaoa regular:18:3:1 --layers 8 --max-evaluations 100000)
suspend "${qaoa[@]}" & third=$!
hang 1 qaoa "${qaoa[@]}" & first=$!
hang 75 sweep sweep run ../spec.yaml --set problem.generate.0.vertices=[20] & second=$!
for job in "qaoa $first" "sweep $second"; do
    wait "${job#* }"
    expect $? "watchdog: ${job% *}: status $(cat "${job% *}/status")" "${job% *}/err"
done
wait $third
expect $? "watchdog: a suspension is not counted" suspended/err

"$exaket" sweep run spec.yaml -o undisturbed --set algorithm.starts=2 >out 2>err
expect "$(($? != 1))" "another spec on the same folder is refused"
"$exaket" sweep run spec.yaml -o undisturbed --set algorithm.starts=2 --force >out 2>err
expect $? "unless forced"

summarize
