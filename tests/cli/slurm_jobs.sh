#!/bin/bash
# The scripts of jobs/ as they are, and the commands around 'exaket sweep submit', under a real
# Slurm; and submitting where there is none.
# Usage: slurm_jobs.sh EXAKET SAME_RESULTS SLURM_DEV_CLUSTER SAME_STATE JOBS
# Exit status 77 where no Slurm can be started.
set -u
exaket=$1 same_results=$2 cluster=$3 same_state=$4 jobs=$5
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
with_grace
export OMPI_MCA_hwloc_base_binding_policy=none EXAKET=$exaket
export TMPDIR=$work
trap '"$cluster" down >/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

exaket() { "$exaket" "$@" >out 2>err; }

# ---- without Slurm ------------------------------------------------------------------------------

cp -r "$jobs" jobs
cat >spec.yaml <<'SPEC'
name: a sweep
problem:
  generate:
    - {family: regular, vertices: [8], degree: 3, seeds: [1, 2]}
sweep:
  parameters:
    - {name: layers, values: [1, 2]}
SPEC
mkdir specs

# A PATH that has everything but Slurm.
mkdir bin
for program in bash cut cat tee; do ln -s "$(command -v $program)" bin/; done
without_slurm() { PATH=$work/bin "$exaket" "$@" >out 2>err; }

without_slurm sweep submit spec.yaml -o "by hand" --array 2 --time 90
expect $? "submit without sbatch"
grep -q 'sbatch is not here' out && grep -q "sbatch --parsable '$work/by hand/slurm/sweep" out
expect $? "it says how to submit"
exaket sweep status "by hand" && grep -q 'not submitted yet' out
expect $? "status of what was not submitted"
bash -n "by hand/slurm/sweep.sbatch" && grep -q '^#SBATCH --array=0-1$' "by hand/slurm/sweep.sbatch"
expect $? "the script is there"
grep -q '^#SBATCH --time=01:30:00$' "by hand/slurm/sweep.sbatch" &&
    grep -q '^#SBATCH --signal=B:USR1@9[0-9]$' "by hand/slurm/sweep.sbatch"
expect $? "with the time that was asked for, and a signal in time"
# A signal that comes as the script starts: nothing is begun, and the task is queued again.
mkdir stub
printf '#!/bin/sh\necho "JobState=RUNNING $*" >>asked\ncat asked\n' >stub/scontrol
printf '#!/bin/sh\ntouch launched\n' >stub/srun
chmod +x stub/*
for script in "by hand/slurm/sweep.sbatch" jobs/large-state.sbatch jobs/{qaoa,vqe}-sweep.sbatch; do
    rm -f asked launched
    # shellcheck disable=SC2016  # for that shell
    sed '/^trap stopped/a kill -USR1 $$' "$script" >signalled.sbatch
    PATH=$work/stub:$PATH SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=1 \
        SLURM_JOB_ID=7 SLURM_JOB_NODELIST=here bash signalled.sbatch spec.yaml >out 2>err
    [ $? -eq 75 ] && [ ! -e launched ] && grep -q 'JobState=RUNNING requeue 7' asked
    expect $? "$script: a signal as it starts"
done
# Or as the ranks start, and die of it, again and again: that is no crash.
# shellcheck disable=SC2016  # for that shell
printf '#!/bin/sh\nkill -USR1 $PPID\nexec sleep 60\n' >stub/srun
for restart in 1 2 3 4; do
    PATH=$work/stub:$PATH SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=0 SLURM_JOB_NODELIST=here \
        SLURM_RESTART_COUNT=$restart bash "by hand/slurm/sweep.sbatch" >out 2>err
    [ $? -eq 75 ] && grep -q 'is queued again' out
    expect $? "a signal as the ranks start, start $restart"
done
# What dies at each start is not begun for ever; to be preempted is not to die.
printf '#!/bin/sh\nexit 139\n' >stub/srun
printf '#!/bin/sh\necho "JobState=$(cat state) $*"\n' >stub/scontrol
for script in "by hand/slurm/sweep.sbatch" jobs/large-state.sbatch jobs/{qaoa,vqe}-sweep.sbatch; do
    for restart in 0 preempted 1 2; do
        echo RUNNING >state
        [ $restart != preempted ] || { restart=1; echo PREEMPTED >state; }
        PATH=$work/stub:$PATH SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=1 \
            SLURM_JOB_ID=7 SLURM_JOB_NODELIST=here SLURM_RESTART_COUNT=$restart \
            bash "$script" spec.yaml >out 2>err
        [ $? -eq 139 ]
        expect $? "$script: a crash, start $restart"
        grep -q 'gives up.* 3 crashes in a row' out err
        [ $? -eq $((restart < 2)) ]
        expect $? "$script: crashes so far: $((restart + 1))"
    done
done
# srun may call it a success when it could launch nothing; the next step may do.
for steps in 4 2; do
    rm -f asked
    printf '#!/bin/sh\necho >>asked\n[ "$(wc -l <asked)" -lt %d ] || echo said\n' $steps >stub/srun
    PATH=$work/stub:$PATH SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=0 SLURM_JOB_NODELIST=here \
        bash "by hand/slurm/sweep.sbatch" >out 2>err
    case $?-$steps in
    74-4) grep -q 'status 74 and is queued again' out ;;
    0-2) grep -q '^said' out && grep -q 'start 1: done' out ;;
    *) false ;;
    esac
    expect $? "nothing is launched before step $steps of at most 3"
done
# What gets on in between is begun again however often it dies.
cat >stub/srun <<'STUB'
#!/bin/sh
mkdir -p "by hand/parts/0-of-2/journal"
echo '{"record":"done","point":1}' >>"by hand/parts/0-of-2/journal/run-001-group-0000.jsonl"
touch spec.yaml.ckpt
case $SCRIPT in jobs/*-sweep*) "$EXAKET" sweep run spec.yaml -o counted --part "$SLURM_RESTART_COUNT/4" ;; esac
exit 139
STUB
for script in "by hand/slurm/sweep.sbatch" jobs/large-state.sbatch jobs/{qaoa,vqe}-sweep.sbatch; do
    rm -rf counted
    for restart in 0 1 2; do
        PATH=$work/stub:$PATH SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=0 SLURM_JOB_ID=7 \
            SLURM_JOB_NODELIST=here SLURM_RESTART_COUNT=$restart SLURM_ARRAY_TASK_COUNT=2 \
            SCRIPT=$script bash "$script" spec.yaml -o counted >out 2>err
        grep -q 'status 139.*queued again' out
        expect $? "$script: a crash after a point or a checkpoint, start $restart"
    done
done
rm -r "by hand/parts"
for task in 0 1; do exaket sweep run spec.yaml -o "by hand" --part $task/2; done
exaket sweep collect "by hand"
expect $? "collect what was done by hand"
without_slurm sweep retry-failed "by hand"
expect $? "nothing to retry"
without_slurm sweep submit spec.yaml -o "by hand" --array 2 && grep -q 'nothing to submit' out
expect $? "nothing to submit"
# Parts that were run by hand go on by hand.
exaket sweep run spec.yaml -o "in parts" --set algorithm.max_evaluations=9 --part 0/2
exaket sweep collect spec.yaml -o "in parts" --set algorithm.max_evaluations=9
[ $? -eq 1 ] && grep -q "To go on: exaket sweep run spec.yaml --set .* -o 'in parts', or" err
expect $? "collect before all parts are done"
next=$(sed -n 's/.*To go on: exaket \(.*\), or.*/\1/p' err)
eval "exaket $next" && [ -e "in parts/results.h5" ]
expect $? "what it says goes on"
exaket sweep submit spec.yaml -o "in parts" --set algorithm.max_evaluations=9
next=$(grep '^  exaket sweep collect' out) && eval "$next"
expect $? "what submit says of parts that were run by hand collects them: $(cat err)"
without_slurm sweep submit spec.yaml -o dry --dry-run && [ ! -e dry ] && grep -q '^#SBATCH --array=0-0$' out
expect $? "a dry run writes nothing"
exaket sweep submit spec.yaml -o dry --set problem.generate.0.vertices=[40] --nodes 1 --dry-run
[ $? -eq 1 ] && grep -q 'a point of 40 qubits needs .* on each of 1 nodes' err
expect $? "too large for the nodes"

# A Slurm that takes jobs, but does not say where they are.
mkdir silent
printf '#!/bin/sh\n[ "$1" = --version ] || echo 7\n' >silent/sbatch
printf '#!/bin/sh\ncat squeue.said >&2\nexit 1\n' >silent/squeue
printf '#!/bin/sh\necho "$*" >cancelled\n' >silent/scancel
chmod +x silent/*
silent() { PATH=$work/silent:$PATH exaket "$@"; }
echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >squeue.said
silent sweep submit spec.yaml -o silent-sweep
expect $? "submit to a Slurm that is busy"
silent sweep status silent-sweep && grep -q 'job 7: .* not known .*Unable to contact' out
expect $? "status of a job that Slurm says nothing of"
for command in "submit spec.yaml -o silent-sweep" "retry-failed silent-sweep"; do
    # shellcheck disable=SC2086  # the words are words
    silent sweep $command
    [ $? -eq 1 ] && grep -q 'job 7 .* not known .*Unable to contact.*again when Slurm answers' err
    expect $? "$command: a job that may be there is not submitted twice"
done
silent sweep cancel silent-sweep && [ "$(cat cancelled)" = "7 7" ]
expect $? "what may be there is cancelled"
echo 'slurm_load_jobs error: Invalid job id specified' >squeue.said
silent sweep cancel silent-sweep && grep -q 'nothing to cancel' out
expect $? "a job that Slurm has forgotten"
# Of two that submit at the same moment one does; who dies of it is in nobody's way.
mkdir slow
cat >slow/sbatch <<'STUB'
#!/bin/sh
[ "$1" != --version ] || exit 0
echo $$ >>submitted
[ ! -e stuck ] || exec sleep 60
sleep 0.2
echo 7
STUB
printf '#!/bin/sh\n[ ! -s submitted ] || echo PENDING\n' >slow/squeue
chmod +x slow/*
slow_submit() { PATH=$work/slow:$PATH exec "$exaket" sweep submit spec.yaml -o twice "$@"; }
for force in "" --force; do
    rm -f submitted
    # shellcheck disable=SC2086  # none, or one
    slow_submit $force >out 2>err & first=$!
    # shellcheck disable=SC2086
    (slow_submit $force --array 2 >out2 2>err2)
    both=$?
    wait $first
    both=$((both + $?))
    cat err2 >>err
    [ $both -eq 1 ] && [ "$(wc -l <submitted)" -eq 2 ] && [ "$(grep -c error: err)" -eq 1 ] &&
        grep -q 'error: job 7 of this sweep is still in the queue' err
    expect $? "one of two submits $force"
done
rm submitted
touch stuck
slow_submit >out 2>err & first=$!
until [ -s submitted ] || ! kill -0 $first; do sleep 0.02; done
kill -KILL $first "$(cat submitted)"
wait $first 2>/dev/null
rm submitted stuck
(slow_submit >out 2>err)
expect $? "submit after one that was killed"
for array in --array=0-7 -a0-7; do
    exaket sweep submit spec.yaml -o dry --dry-run --sbatch=$array
    [ $? -eq 2 ] && grep -q -- "$array.*--array K" err
    expect $? "$array of sbatch is refused"
done
exaket sweep submit spec.yaml -o dry --dry-run --sbatch=--time-min=1 --sbatch=--time=1
[ $? -eq 2 ] && grep -q "'--time=1'.*--time TIME" err
expect $? "a time limit that the signal does not know of is refused"
for folder in 'back\slash' "both ' and \""; do
    exaket sweep submit spec.yaml -o "$folder" --dry-run
    [ $? -eq 1 ] && grep -qF "$folder: sbatch takes no folder" err
    expect $? "a folder that sbatch does not take: $folder"
done

"$cluster" up >said 2>&1
status=$?
cat said
if [ $status -eq 77 ]; then
    echo "$checks checks, $failures failed"
    [ $failures -eq 0 ] || exit 1
    echo "SKIPPED: the rest, no Slurm can be started here"
    exit 77
fi
[ $status -eq 0 ] || exit 1
"$cluster" up >out 2>err && grep -q '4 nodes are up' out
expect $? "a second up finds it up"
setpriv --reuid 65534 --clear-groups "$cluster" up >out 2>err
[ $? -eq 77 ] && grep -q 'needs root' err
expect $? "not without root"
eval "$("$cluster" env)"

# ---- jobs/ --------------------------------------------------------------------------------------

cat >long.qasm <<'END'
OPENQASM 3.0;
include "stdgates.inc";
qubit[19] q;
for int r in [1:200] {
  for int i in [0:18] { rx(0.1*i+0.3*r) q[i]; }
  for int i in [0:17] { cx q[i], q[i+1]; }
  for int i in [0:18] { ry(0.2*i+r) q[i]; }
}
END

# small OPTIONS... SCRIPT WORDS...: submits for nodes of 4 processors; $job is its number.
small() { job=$(sbatch --parsable --cpus-per-task=1 "$@" 2>err); }

# interrupt JOB FILE: asks its shell to stop, as Slurm does before the end, when its ranks compute.
interrupt() {
    for _ in $(seq 400); do
        pgrep -f "^$exaket run .*--save-state $2" >/dev/null && break
        sleep 0.05
    done
    sleep 0.5
    scancel --batch --signal=USR1 "$1"
}

# What one mpirun on a node makes for all, and the last one removes, may be gone as the next begins.
# Here it cannot be made at all.
mkdir sessions
touch sessions/ompi.n{1,2,3,4}."$(id -u)"
export OMPI_MCA_orte_tmpdir_base=$work/sessions
small -N 2 --ntasks-per-node=1 jobs/large-state.sbatch long.qasm --save-state \
    srun.h5
srun=$job
LAUNCH=mpirun small -N 2 --ntasks-per-node=2 jobs/large-state.sbatch long.qasm \
    --save-state mpirun.h5 --checkpoint second.ckpt
mpirun=$job
interrupt "$srun" srun.h5
interrupt "$mpirun" mpirun.h5
small -N 2 --ntasks-per-node=1 jobs/scaling.sbatch weak --qubits 8 --repeat 1
weak=$job
LAUNCH=mpirun small -N 2 --ntasks-per-node=2 jobs/scaling.sbatch strong \
    --qubits 10 --repeat 1
strong=$job
LAUNCH=mpirun small jobs/qaoa-sweep.sbatch jobs/maxcut-random-regular.yaml \
    --set algorithm.max_evaluations=5 -o qaoa
qaoa=$job
small jobs/vqe-sweep.sbatch jobs/vqe-ising.yaml --set algorithm.max_evaluations=20 -o vqe
vqe=$job
"$exaket" run long.qasm --save-state good.h5 --shots 0 >out 2>err
expect $? "the state here"

# until_gone JOB...: no more in the queue.
until_gone() {
    local all
    all=$(IFS=, && echo "$*")
    for _ in $(seq 480); do
        squeue -h -j "$all" 2>/dev/null | grep -q . || return
        sleep 0.25
    done
    squeue
}
until_gone "$srun" "$mpirun" "$weak" "$strong" "$qaoa" "$vqe"

for job in $srun $mpirun; do
    grep -q 'status 75: queued again' "exaket-state-$job.log"
    expect $? "a large state is stopped in time and queued again" "exaket-state-$job.log"
done
for name in srun mpirun; do
    "$same_state" good.h5 $name.h5 >out 2>err
    expect $? "a large state by $name is that of an undisturbed run here" exaket-state-*.log
done
# On 1 node and on 2; the head only once.
for job in "$weak 1 2" "$strong 2 4"; do
    read -r job ranks <<<"$job"
    [ "$(grep -c ranks "exaket-scaling-$job.csv")" -eq 1 ]
    expect $? "scaling: one head" "exaket-scaling-$job.csv"
    [ "$(tail -n +2 "exaket-scaling-$job.csv" | cut -d, -f2 | sort -nu | xargs)" = "$ranks" ]
    expect $? "scaling on $ranks ranks" "exaket-scaling-$job.csv"
done
exaket sweep status qaoa && grep -q 'complete' out
expect $? "the sweep of QAOA" "exaket-qaoa-$qaoa.log"
exaket sweep collect jobs/vqe-ising.yaml --set algorithm.max_evaluations=20 -o vqe
expect $? "the sweep of VQE, collected" exaket-vqe-*.log

# ---- the commands -------------------------------------------------------------------------------

export SBATCH_TIMELIMIT=1 SBATCH_NO_REQUEUE=1 SBATCH_ARRAY_INX=7 SBATCH_ACCOUNT=none
exaket sweep submit spec.yaml -o held --array 4 --launcher mpirun --sbatch=--begin=now+1hour \
    --sbatch=--account=physics --time 30
expect $? "submit for later"
unset "${!SBATCH_@}"
scontrol show job "$(cat held/slurm/array)" >shown
grep -q 'Account=physics' shown && grep -q 'TimeLimit=00:30:00' shown && grep -q 'Requeue=1' shown
expect $? "what is asked for is not what a profile says" shown
exaket sweep status held && grep -q 'nothing has run yet' out && grep -q '4 waiting' out
expect $? "status of what waits"
exaket sweep submit spec.yaml -o held --array 4
[ $? -eq 1 ] && grep -q 'is still in the queue' err
expect $? "a second submission is refused"
exaket sweep cancel held && grep -q 'cancelled: job' out
expect $? "cancel"
sleep 0.5
exaket sweep cancel held && grep -q 'nothing to cancel' out
expect $? "cancel once more"
sed -i '/--begin/d' held/slurm/*.sbatch
exaket sweep retry-failed held && grep -q 'again tasks 0-3$' out
expect $? "go on after a cancellation, with an edited script"
until_gone "$(cat held/slurm/array)" "$(cat held/slurm/collect)"
[ -e held/results.h5 ] && "$same_results" "by hand/results.h5" held/results.h5 >out 2>&1
expect $? "by mpirun as by hand" held/slurm/*.log
exaket sweep submit spec.yaml -o ended --array 2 --set problem.generate.0.vertices=[22]
for _ in $(seq 200); do
    exaket sweep status ended && grep -q ' [1-9][0-9]* running, 0 failed' out && break
    sleep 0.1
done
exaket sweep cancel ended
exaket sweep submit spec.yaml -o broken --sbatch=--hold
expect $? "submit on hold"
echo 'colour: blue' >>broken/spec.yaml
scontrol release "$(cat broken/slurm/array)"
until_gone "$(cat broken/slurm/array)"
[ "$(grep -c ': begins on' broken/slurm/task-0.log)" -eq 1 ] &&
    grep -q 'broken/spec.yaml:.*colour' broken/slurm/task-0.log &&
    grep -q 'failed, and is not queued again' broken/slurm/task-0.log
expect $? "what the next start would meet as well is not queued again" broken/slurm/task-0.log
exaket sweep cancel broken
# For the next sweep the spec is edited while this one waits; its files are beside the original.
sed 's|^problem:|&\n  files: [../jobs/graphs/ring-of-cliques.txt]|' spec.yaml >specs/edited.yaml
exaket sweep run specs/edited.yaml -o unedited && exaket sweep submit specs/edited.yaml -o edited --sbatch=--hold
expect $? "submit a spec"
echo 'algorithm: {max_evaluations: 3}' >>specs/edited.yaml
scontrol release "$(cat edited/slurm/array)" "$(cat edited/slurm/collect)"
until_gone "$(cat edited/slurm/array)" "$(cat edited/slurm/collect)"
"$same_results" unedited/results.h5 edited/results.h5 >out 2>&1
expect $? "the jobs run the spec that was submitted" edited/slurm/*.log
exaket sweep retry-failed edited && grep -q 'all 6 points are done' out
expect $? "and so do the commands on its folder"
SLURM_EXIT_ERROR=74 srun --partition=none true >out 2>err
expect "$(($? != 74))" "failures of srun itself can be told from the program's"
until_gone "$(cat ended/slurm/array)" "$(cat ended/slurm/collect)"
[ ! -e ended/results.h5 ] && grep -q 'ended from outside with status 75' ended/slurm/task-0.log
expect $? "a cancelled task ends in good order and is not queued again" ended/slurm/task-*.log
exaket sweep status ended && grep -q 'retry-failed .*goes on' out
expect $? "status says what to do"
exaket sweep submit spec.yaml -o wrong --partition none
[ $? -eq 1 ] && grep -q 'invalid partition' err && grep -q 'sbatch refused' err
expect $? "sbatch's complaint is passed on"
exaket sweep submit spec.yaml -o wrong --nodes 5
[ $? -eq 1 ] && grep -q 'would have 5 nodes, but the partition has 4' err
expect $? "more nodes than there are"

summarize
