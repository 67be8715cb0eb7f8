#!/bin/bash
# Runs that are interrupted, and files that cannot be written or read, looked after by what finds wrong
# memory and leaks: the sanitizers of the build, or CHECKER, a command before the program that ends
# with a status of its own when it has found something.
# Usage: memory.sh EXAKET MPIRUN BAD_DISK RANKS [CHECKER...]
set -u
exaket=$1 mpirun=$2 bad_disk=$3 ranks=$4 checker=("${@:5}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}exitcode=9 # a leak is told from a failure
trap 'umount "$work/full" 2>/dev/null; rm -rf "$work"' EXIT

cat >long.qasm <<'END'
OPENQASM 3.0;
include "stdgates.inc";
qubit[16] q;
for int r in [1:12] {
  for int i in [0:15] { rx(0.1*i+0.3*r) q[i]; }
  for int i in [0:14] { cx q[i], q[i+1]; }
}
END

disk=() # what stands before the program
launch() {
    exec "$mpirun" --oversubscribe --bind-to none -n "$ranks" "${disk[@]}" "${checker[@]}" \
        "$exaket" run long.qasm --shots 0 "$@"
}
# run STATUS NAME WORDS...: that is its exit status; a checker that finds something has another.
run() {
    local status
    (launch "${@:3}") >out 2>err </dev/null
    status=$?
    expect "$((status != $1))" "$ranks ranks, $2: exit status $status, expected $1"
}
# alone STATUS WORDS...: of exaket checkpoint.
alone() {
    local status
    "${checker[@]}" "$exaket" checkpoint "${@:2}" >out 2>err </dev/null
    status=$?
    expect "$((status != $1))" "checkpoint ${*:2}: exit status $status, expected $1"
}
ranks_of() { pgrep -P "$1"; }
# wait_for FILE RUNNER: until it is there, or the run has ended.
wait_for() {
    until [ -e "$1" ]; do
        kill -0 "$2" 2>/dev/null || return
        sleep 0.05
    done
}

run 75 "its time is up" --checkpoint run.ckpt --max-time 0.001
grep -q 'after 1 of [1-9][0-9]* passes' err
expect $? "in the middle"
cp run.ckpt whole.ckpt
run 0 "on to the end" --checkpoint run.ckpt --resume --checkpoint-every 0.001 --check full \
    --watchdog 60 --save-state done.h5
alone 0 info whole.ckpt
alone 0 verify whole.ckpt
alone 0 export whole.ckpt exported.h5
alone 1 export whole.ckpt missing/exported.h5

# ---- signals

disk=(env DISK=slow DISK_SECONDS=1 LD_PRELOAD="$bad_disk") # so that the run outlasts the signal
for signal in TERM USR1 INT; do
    rm -f run.ckpt*
    (launch --checkpoint run.ckpt --checkpoint-every 0.001) >out 2>err </dev/null &
    runner=$!
    wait_for run.ckpt $runner
    # shellcheck disable=SC2046  # process numbers
    kill -$signal $(ranks_of $runner | head -n 1)
    wait $runner
    status=$?
    expect "$((status != 75))" "$ranks ranks, $signal: exit status $status, expected 75"
done
cp whole.ckpt run.ckpt
disk=(env DISK=slow LD_PRELOAD="$bad_disk")
(launch --checkpoint run.ckpt --resume --checkpoint-every 0.001) >out 2>err </dev/null &
runner=$!
wait_for .run.ckpt.part $runner
kill -USR1 $runner
sleep 2.2
kill -USR1 $runner
wait $runner
status=$?
expect "$((status != 75))" "$ranks ranks, two signals: exit status $status, expected 75"

# ---- places that cannot be written, files that cannot be read

disk=(env DISK=quota LD_PRELOAD="$bad_disk")
cp whole.ckpt run.ckpt
run 0 "a quota" --checkpoint run.ckpt --resume --checkpoint-every 0.001
run 1 "a quota, required" --checkpoint run.ckpt --resume --checkpoint-every 0.001 \
    --checkpoint-required
disk=()
mkdir full
if mount -t tmpfs -o "size=$(((16 << 16) + (1 << 18)))" tmpfs full 2>/dev/null; then
    cp whole.ckpt full/run.ckpt
    run 0 "a full disk" --checkpoint full/run.ckpt --resume --checkpoint-every 0.001
    grep -q 'No space left' err
    expect $? "a full disk: a warning"
    disk=(env LD_PRELOAD="$bad_disk")
    run 0 "a full disk, unforeseen" --checkpoint full/run.ckpt --resume --checkpoint-every 0.001
    disk=()
fi
run 1 "a missing folder" --checkpoint missing/run.ckpt
rm -f run.ckpt*
cp whole.ckpt run.ckpt
printf 'x' | dd of=run.ckpt bs=1 seek=500000 conv=notrunc status=none
alone 1 verify run.ckpt
run 1 "a damaged checkpoint" --checkpoint run.ckpt --resume
cp whole.ckpt run.ckpt.previous
run 0 "the generation before" --checkpoint run.ckpt --resume
cp run.ckpt.previous run.ckpt
truncate -s 5000 run.ckpt
rm run.ckpt.previous
run 1 "a cut checkpoint" --checkpoint run.ckpt --resume
sed -i 's/0.1\*i/0.11*i/' long.qasm
run 1 "another program" --checkpoint whole.ckpt --resume
summarize
