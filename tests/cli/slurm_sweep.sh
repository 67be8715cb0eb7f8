#!/bin/bash
# A sweep under a real Slurm: an array of 4 tasks on 4 nodes that is cut short by everything that
# happens to jobs ends by itself, with every point exactly once and the results of a local run.
# Usage: slurm_sweep.sh EXAKET SAME_RESULTS SLURM_DEV_CLUSTER short|long
# Exit status 77 where no Slurm can be started.
set -u
exaket=$1 same_results=$2 cluster=$3 form=$4
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
with_grace
export OMPI_MCA_hwloc_base_binding_policy=none
export TMPDIR=$work
trap '[ -z "${KEEP-}" ] || cp -r "$work" "$KEEP"; "$cluster" down >/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

"$cluster" up >said 2>&1
status=$?
cat said
if [ $status -eq 77 ]; then
    echo "SKIPPED: no Slurm can be started here"
    exit 77
fi
[ $status -eq 0 ] || exit 1
eval "$("$cluster" env)"

# Tasks of several seconds on any machine: they must outlast what befalls them.
vertices=20
[ "$form" = long ] && vertices=22
cat >spec.yaml <<SPEC
name: interrupted
output: cut
problem:
  generate:
    - {family: regular, vertices: [$vertices], degree: 3, seeds: [1, 2, 3, 4, 5, 6]}
algorithm: {max_evaluations: 400, tolerance: 1e-14}
sweep:
  parameters:
    - {name: layers, values: [1, 2, 3, 4]}
SPEC

log() { echo "$((SECONDS - began)) s: $*"; }

# Random, so that many runs see many moments.
seed=${EXAKET_SEED:-$RANDOM}
RANDOM=$seed
nap() { sleep "$(printf '0.%03d' $((RANDOM % 1000)))"; }

# The processes of the sweep's tasks that compute.
ranks() { pgrep -f "^$exaket sweep run $work/cut/spec.yaml .*--part"; }
node_of() { squeue -h -j "$job" -t R -o %N | shuf -n 1 --random-source=<(yes "$RANDOM"); }

# Until a task computes, or all is over.
until_running() {
    for _ in $(seq 600); do
        [ -n "$(ranks)" ] && return
        [ -e cut/results.h5 ] && return
        sleep 0.1
    done
}
restarts() { cat cut/slurm/task-*.log 2>/dev/null | grep -c 'start [0-9]*: begins'; }

# ---- the events ---------------------------------------------------------------------------------

requeue() {
    local task
    task=$(squeue -h -r -j "$job" -t R -o %i | head -n 1)
    [ -n "$task" ] || return 1
    log "scontrol requeue $task"
    scontrol requeue "$task" && requeued=$((requeued + 1))
}

preempt() {
    local node
    node=$(node_of)
    [ -n "$node" ] || return 1
    log "a job of another user's wants all of $node"
    sbatch -p urgent -w "$node" --exclusive -o /dev/null --wrap 'sleep 1' >/dev/null &&
        preempted=$((preempted + 1))
}

kill_rank() {
    local rank
    rank=$(ranks | shuf -n 1 --random-source=<(yes "$RANDOM"))
    [ -n "$rank" ] || return 1
    log "kill -9 of a rank on $(nsenter -u -t "$rank" hostname)"
    kill -9 "$rank" && killed=$((killed + 1))
}

crash_node() {
    local node
    node=$(node_of)
    [ -n "$node" ] || return 1
    log "$node loses its power"
    "$cluster" crash "$node" && crashed=$((crashed + 1))
}

requeued=0 preempted=0 killed=0 crashed=0
run_sweep() {
    local event events="requeue kill_rank preempt"
    [ "$form" = long ] && events="requeue preempt kill_rank crash_node"
    began=$SECONDS
    "$exaket" sweep submit spec.yaml --array 4 --nodes 1 --ranks-per-node 2 --sbatch=--exclusive --time 1 >out 2>err
    expect $? "submit: $(cat out err)"
    job=$(head -n 1 cut/slurm/array)
    for event in $events; do
        for _ in $(seq 20); do # until there is something that it can happen to
            until_running
            nap
            $event && break
        done
        [ "$form" = long ] && sleep 5
    done
    # The job that collects comes last.
    for _ in $(seq 1200); do
        squeue -h -j "$(cat cut/slurm/collect)" 2>/dev/null | grep -q . || break
        sleep 0.25
    done
    took=$((SECONDS - began))
}

# ---- what must be -------------------------------------------------------------------------------

judge() {
    local times
    stops=$(cat cut/slurm/task-*.log | grep -c 'is asked to stop')
    "$exaket" sweep status cut
    expect $? "status"
    [ -e cut/results.h5 ]
    expect $? "the results are there"
    times=$(cat cut/parts/*/journal/*.jsonl | grep -o '"record":"done","point":[0-9]*' | sort |
        uniq -c | awk '{ print $1 }' | sort | uniq -c | xargs)
    [ "$times" = "24 1" ]
    expect $? "24 points once each, not (points times): $times"
    "$same_results" local/results.h5 cut/results.h5
    expect $? "the results of a local run"
    grep -q '^23 .* done$' cut/slurm/collect.log
    expect $? "the job that collects prints the table"
    [ "$requeued" -eq 1 ] && [ "$preempted" -eq 1 ] && [ "$killed" -eq 1 ]
    expect $? "requeued $requeued, preempted $preempted, killed $killed: 1 each"
    if [ "$form" = long ]; then
        [ "$crashed" -eq 1 ]
        expect $? "nodes lost: $crashed"
        [ "$stops" -gt "$preempted" ]
        expect $? "the time limit was met"
    fi
    "$exaket" sweep retry-failed cut >out 2>err && grep -q 'all 24 points are done' out
    expect $? "nothing is left to retry: $(cat out err)"
}

"$exaket" sweep run spec.yaml -o local --quiet >local.out 2>&1 &
run_sweep
wait $!
expect $? "the local run: $(cat local.out)"
judge
if [ $failures -gt 0 ]; then
    squeue
    tail -n 40 cut/slurm/*.log
    tail -n 20 exaket-slurm/log/slurmctld
fi
echo "24 points in 4 tasks on 4 nodes, seed $seed: $took s with $(restarts) starts, $stops stops" \
    "at the time limit or to make room, $requeued requeued, $preempted preempted," \
    "$killed ranks killed, $crashed nodes lost"
summarize
