#!/bin/bash
# Runs that are interrupted: by signals, time, full disks, a rank that hangs, and kill -9 of a random
# rank at a random moment, also while a checkpoint is written or renamed. Each goes on, on another
# number of ranks, to the state of an undisturbed run.
# Usage: checkpoint.sh EXAKET MPIRUN SAME_STATE BAD_DISK QUBITS LAYERS KILLS
set -u
exaket=$1 mpirun=$2 same_state=$3 bad_disk=$4 qubits=$5 layers=$6 kills=$7
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
RANDOM=${EXAKET_TEST_SEED:-1}
trap 'umount "$work/full" "$work/kept" 2>/dev/null; rm -rf "$work"' EXIT

disk=() # what stands before the program
patience=() # what stands before mpirun
launch() {
    exec "${patience[@]}" "$mpirun" --oversubscribe --bind-to none -n "$1" "${disk[@]}" "$exaket" \
        run long.qasm "${@:2}"
}
# What waits for ever fails by name.
run() { (patience=(timeout -k 10 120); launch "$@") >out 2>err </dev/null; }

last=$((qubits - 1))
cat >long.qasm <<END
OPENQASM 3.0;
include "stdgates.inc";
qubit[$qubits] q;
for int r in [1:$layers] {
  for int i in [0:$last] { rx(0.1*i+0.3*r) q[i]; }
  for int i in [0:$((last - 1))] { cx q[i], q[i+1]; }
  for int i in [0:$last] { ry(0.2*i+r) q[i]; }
}
END

# same NAME: the state of done.h5 is that of the undisturbed run.
same() {
    "$same_state" good.h5 done.h5 >deviation 2>>err
    expect $? "$1: the same state: deviation $(cat deviation)"
}

ranks_of() { pgrep -P "$1"; }
other_ranks() { # RANKS: a random other number of them
    local ranks=$1
    while [ "$ranks" -eq "$1" ]; do ranks=$((1 << RANDOM % 4)); done
    echo "$ranks"
}

# wait_for FILE RUNNER: until it is there, or the run has ended.
wait_for() {
    for _ in $(seq 6000); do
        [ -e "$1" ] && return
        kill -0 "$2" 2>/dev/null || return
        sleep 0.05
    done
}

run 2 --save-state good.h5 --shots 0
expect $? "undisturbed"
grep -q 'passes over the memory' out
expect $? "undisturbed: several passes"

# ---- time and signals

run 2 --checkpoint run.ckpt --max-time 0.001 --checkpoint-every 0.25 --save-state done.h5
expect "$(($? != 75))" "max-time: exit status 75"
[ "$(grep -c '^exaket: error: stopped' err)" -eq 1 ]
expect $? "max-time: one line says so"
grep -qE ': 1 checkpoint, the last in [0-9.]+ (us|ms|s); every 250 ms$' err
expect $? "max-time: one line says how often"
"$exaket" checkpoint verify run.ckpt >out 2>err
expect $? "verify"
"$exaket" checkpoint info run.ckpt --format json >out 2>err &&
    grep -q '"verified": false, .*"passes_done": 1, ' out
expect $? "info: after the first pass"
"$exaket" checkpoint export run.ckpt exported.h5 >out 2>err && [ -s exported.h5 ]
expect $? "export"
"$exaket" checkpoint export run.ckpt ./run.ckpt >out 2>err
[ $? -eq 2 ] && "$exaket" checkpoint verify run.ckpt >out 2>>err
expect $? "export: not into the checkpoint itself"
# A limit on files, for the last rank alone; over TCP, as memory that ranks share is a file too, and
# over the loopback interface, as others come and go where clusters are set up for tests.
cat >limited.sh <<'END'
#!/bin/bash
[ "$OMPI_COMM_WORLD_RANK" -ne 1 ] || ulimit -f $((limit / 1024))
exec "$@"
END
chmod +x limited.sh
disk=(env OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo limit=$(((16 << qubits) / 4))
    ./limited.sh)
run 2 --save-state done.h5 --shots 0
[ $? -eq 1 ] && grep -q '^exaket: error: .*cannot write .*File too large' err
expect $? "a limit on files: a state is not saved"
expect "$(find . -name '*done.h5*' | wc -l)" "a limit on files: nothing is left of the state"
disk=()
run 4 --checkpoint run.ckpt --resume --save-state done.h5
expect $? "resume"
same "max-time"
sed -i 's/0.1\*i/0.11*i/' long.qasm
run 2 --checkpoint run.ckpt --resume
expect "$(($? != 1))" "another program is refused"
sed -i 's/0.11\*i/0.1*i/' long.qasm

# Damaged and without the generation before: refused. Every fourth is cut off, the others have another
# byte somewhere.
cp run.ckpt whole.ckpt
length=$(stat -c %s run.ckpt) refused=0
for trial in $(seq $((kills + 1))); do
    rm -f run.ckpt*
    cp whole.ckpt run.ckpt
    at=$(((RANDOM * 32768 + RANDOM) % length))
    byte=$(od -An -tu1 -j $at -N 1 run.ckpt)
    if [ $((trial % 4)) -eq 0 ]; then truncate -s $at run.ckpt
    else printf "\\x$(printf %x $((byte ^ 1 << RANDOM % 8)))" |
        dd of=run.ckpt bs=1 seek=$at conv=notrunc status=none; fi
    run 1 --checkpoint run.ckpt --resume --shots 0
    if [ $? -eq 1 ] && grep -q '^exaket: error: run.ckpt is \(damaged\|no checkpoint\)' err; then
        refused=$((refused + 1))
    else
        expect 1 "resume from a damaged checkpoint, byte $at"
    fi
done
echo "$refused of $((kills + 1)) damaged checkpoints refused by --resume"
expect $((refused != kills + 1)) "resume from damaged checkpoints: all refused"

# A job beside it replaces the file while it is read, at every moment that matters: whole, one or the
# other of them.
rm -f run.ckpt*
cp whole.ckpt run.ckpt
run 1 --checkpoint run.ckpt --resume --max-time 0.001
cp run.ckpt other.ckpt
# beside KIND OPENING COMMAND...
beside() {
    rm -f run.ckpt* next.ckpt
    cp whole.ckpt run.ckpt
    cp other.ckpt next.ckpt
    DISK=$1 DISK_OPENING=$2 LD_PRELOAD=$bad_disk "${@:3}" >out 2>err </dev/null
}
for opening in 1 2 3; do
    for kind in replaced renamed; do
        beside $kind $opening "$exaket" checkpoint verify run.ckpt
        expect $? "verify: $kind before opening $opening"
        [ ! -e next.ckpt ] && cmp run.ckpt other.ckpt
        expect $? "verify: $kind before opening $opening: has happened"
        beside $kind $opening "$exaket" run long.qasm --checkpoint run.ckpt --resume \
            --max-time 0.001
        [ $? -eq 75 ] && grep -q 'going on after' err && ! grep -q 'going back' err
        expect $? "resume: $kind before opening $opening"
    done
    beside replaced $opening "$exaket" checkpoint export run.ckpt exported.h5
    expect $? "export: replaced before opening $opening"
done
rm -f run.ckpt* next.ckpt
cp whole.ckpt run.ckpt.previous
"$exaket" checkpoint verify run.ckpt >out 2>err
[ $? -eq 1 ] && grep -q '^exaket: error: cannot read run.ckpt: No such file' err
expect $? "verify: what stays away is missing"

# stop LAUNCHER-RANKS SIGNAL
stop() {
    rm -f run.ckpt* done.h5
    (launch "$1" --checkpoint run.ckpt --checkpoint-every 0.01 --save-state done.h5) \
        >out 2>err </dev/null &
    local runner=$!
    wait_for run.ckpt $runner
    # shellcheck disable=SC2046  # process numbers
    kill -"$2" $(ranks_of $runner | head -1)
    wait $runner
    expect "$(($? != 75))" "$2: exit status 75"
    "$exaket" checkpoint verify run.ckpt >out 2>>err
    expect $? "$2: a whole checkpoint"
    run "$(other_ranks "$1")" --checkpoint run.ckpt --resume --save-state done.h5
    expect $? "$2: resume"
    same "$2"
}
stop 2 USR1
stop 1 TERM
stop 4 INT

# A second signal in the middle of a write ends the run at once; the first alone would wait for a
# disk that takes ten seconds.
cp whole.ckpt run.ckpt
disk=(env DISK=slow LD_PRELOAD="$bad_disk")
(launch 2 --checkpoint run.ckpt --resume --checkpoint-every 0.05) >out 2>err </dev/null &
runner=$!
wait_for .run.ckpt.part $runner
kill -USR1 $runner # mpirun passes it on
sleep 2.2          # launchers and batch systems may both send the first
kill -USR1 $runner
wait $runner
expect "$(($? != 75))" "two signals: exit status 75"
! grep -q 'stopped on request' err
expect $? "two signals: at once, not after the write"
cmp whole.ckpt run.ckpt
expect $? "two signals: the checkpoint before is as it was"
disk=()
run 4 --checkpoint run.ckpt --resume --save-state done.h5
expect $? "two signals: resume"
same "two signals"

# ---- two runs at once

# A predecessor that is half dead keeps its checkpoint until it is gone.
rm -f run.ckpt* done.h5
(launch 2 --checkpoint run.ckpt --checkpoint-every 0.01) >out 2>err </dev/null &
runner=$!
wait_for run.ckpt $runner
first=$(ranks_of $runner)
# shellcheck disable=SC2086  # process numbers
kill -STOP $first
rm -f first.ckpt
[ ! -e run.ckpt ] || cp run.ckpt first.ckpt # between two renames
for ranks in 1 4; do
    run $ranks --checkpoint run.ckpt --resume
    expect "$(($? != 75))" "two runs at once, the second on $ranks: exit status 75"
    [ "$(grep -c '^exaket: ' err)" -eq 1 ] &&
        grep -q '^exaket: error: another run has its checkpoints in run.ckpt' err
    expect $? "two runs at once, the second on $ranks: one line says so"
    [ ! -e first.ckpt ] || cmp first.ckpt run.ckpt
    expect $? "two runs at once, the second on $ranks: the checkpoint is as it was"
done
# shellcheck disable=SC2086
kill -KILL $first
wait $runner
run 4 --checkpoint run.ckpt --resume --save-state done.h5
expect $? "two runs at once: resume when the first is gone"
[ ! -e .run.ckpt.lock ]
expect $? "two runs at once: no lock is left"
same "two runs at once"
disk=(env DISK=unlocked LD_PRELOAD="$bad_disk")
rm -f run.ckpt*
run 2 --checkpoint run.ckpt --max-time 0.001
[ $? -eq 75 ] && grep -q 'stopped.*run.ckpt holds the state' err && [ ! -e .run.ckpt.lock ]
expect $? "a file system without locks: as without"
printf '%s\n' 'name: unlocked' 'problem: {generate: [{family: named, names: [petersen]}]}' >unlocked.yaml
"${disk[@]}" "$exaket" sweep run unlocked.yaml -o unlocked >out 2>err && [ -e unlocked/results.h5 ]
expect $? "and a sweep"
disk=()

# ---- places that cannot be written

run 1 --checkpoint missing/run.ckpt
expect "$(($? != 1))" "a missing folder is refused at once"
run 2 --checkpoint long.qasm
[ $? -eq 1 ] && grep -q '^exaket: error: long.qasm is there and is no checkpoint' err
expect $? "what is no checkpoint is not replaced by one"
mkfifo pipe
mkdir folder
for words in "info X" "verify X" "export X exported.h5"; do
    # shellcheck disable=SC2086
    timeout 20 "$exaket" checkpoint ${words/X/pipe} >out 2>err
    [ $? -eq 1 ] && grep -q '^exaket: error: pipe is a pipe or device, expected a file' err
    expect $? "$words: not of a pipe"
    # shellcheck disable=SC2086
    "$exaket" checkpoint ${words/X/folder} >out 2>err
    [ $? -eq 1 ] && grep -q '^exaket: error: folder is a directory, expected a file' err
    expect $? "$words: not of a folder"
done
run 2 --checkpoint both.h5 --save-state both.h5
expect "$(($? != 2))" "one file for checkpoints and result is refused"
run 2 --checkpoint whole.ckpt --max-time 0.001
[ $? -eq 75 ] && grep -q 'warning: whole.ckpt is there, but this run begins at the beginning' err
expect $? "a run that will replace a checkpoint says so"
mv whole.ckpt.previous whole.ckpt
# between_writes RANK COMMAND...: while that rank is held where it writes no checkpoint: a limit that
# comes in the middle of one is nothing that happens, and HDF5 would not survive it.
between_writes() {
    while kill -STOP "$1" 2>/dev/null; do
        until grep -q 'State:.[TZ]' "/proc/$1/status" 2>/dev/null; do
            [ -e "/proc/$1" ] || return
        done
        [ -e .run.ckpt.part ] || break
        kill -CONT "$1"
        sleep 0.01
    done
    "${@:2}"
    kill -CONT "$1"
}
limit_ranks() { # of a launcher
    local rank
    for rank in $(ranks_of "$1"); do
        prlimit --pid "$rank" --fsize=$(((16 << qubits) / 2)) 2>>err
    done
}
# limited WORDS...: a run whose ranks get a limit on files behind their first checkpoint.
limited() {
    rm -f run.ckpt*
    (launch 2 --checkpoint run.ckpt --checkpoint-every 0.01 "$@") >out 2>err </dev/null &
    local runner=$!
    wait_for run.ckpt $runner # the run takes a second more
    between_writes "$(ranks_of $runner | head -n 1)" limit_ranks $runner
    wait $runner
}
for way in "" " where no room can be reserved"; do
    limited
    expect $? "a limit on files$way: the run goes on"
    grep -q 'warning: cannot write .*File too large.* goes on' err
    expect $? "a limit on files$way: a warning"
    "$exaket" checkpoint verify run.ckpt >out 2>>err && [ "$(find . -name '.run*' | wc -l)" -eq 0 ]
    expect $? "a limit on files$way: the old one stays, and nothing besides"
    disk=(env LD_PRELOAD="$bad_disk")
done
disk=()
limited --checkpoint-required
expect "$(($? != 1))" "checkpoint-required: ends the run"
"$exaket" checkpoint verify run.ckpt >out 2>>err
expect $? "checkpoint-required: the old one stays"
cp whole.ckpt run.ckpt
disk=(env DISK=quota LD_PRELOAD="$bad_disk")
run 2 --checkpoint run.ckpt --resume --checkpoint-every 0.05 --save-state done.h5
expect $? "a quota: the run goes on"
grep -q 'warning: cannot write .*Disk quota exceeded.* goes on' err
expect $? "a quota: a warning"
cmp whole.ckpt run.ckpt && [ "$(find . -name '.run*' | wc -l)" -eq 0 ]
expect $? "a quota: the old one stays, and nothing besides"
same "a quota"
disk=()

# befall NAME PATTERN COMMAND: a run whose file system, full, COMMAND takes away in the middle; kept
# is another way to it.
befall() {
    mount -t tmpfs tmpfs full && mount --bind full kept
    cp whole.ckpt full/run.ckpt
    (launch 2 --checkpoint full/run.ckpt --resume --checkpoint-every 0.01 --save-state done.h5) \
        >out 2>err </dev/null &
    local runner=$!
    wait_for full/run.ckpt.previous $runner
    $3
    wait $runner
    expect $? "$1: the run goes on"
    grep -qE "warning: cannot .*$2.* goes on" err
    expect $? "$1: a warning"
    "$exaket" checkpoint verify kept/run.ckpt >out 2>>err ||
        "$exaket" checkpoint verify kept/run.ckpt.previous >out 2>>err # between two renames
    expect $? "$1: the old one stays"
    same "$1"
    umount full kept 2>/dev/null
}
read_only() { until mount -o remount,ro,bind full; do sleep 0.02; done; }
# The run may still make a file in the folder below, until that is gone as well.
vanish() { umount -l full && until rm -rf full; do :; done; }

mkdir full kept
# Room for a checkpoint, not for two.
if mount -t tmpfs -o "size=$(((24 << qubits) + (1 << 20)))" tmpfs full 2>/dev/null; then
    run 2 --checkpoint full/run.ckpt --max-time 0.001
    cp full/run.ckpt kept.ckpt
    run 2 --checkpoint full/run.ckpt --resume --checkpoint-every 0.05 --save-state done.h5
    expect $? "a full disk: the run goes on"
    grep -q 'warning: cannot write .*No space left on device' err
    expect $? "a full disk: a warning"
    cmp -s full/run.ckpt kept.ckpt
    expect $? "a full disk: the old one stays"
    same "a full disk"
    disk=(env LD_PRELOAD="$bad_disk") # where room cannot be reserved
    run 2 --checkpoint full/run.ckpt --resume --checkpoint-every 0.02
    expect $? "a full disk, unforeseen: the run goes on"
    grep -q 'warning: cannot write .*No space left on device' err && ! grep -q 'HDF5' err out
    expect $? "a full disk, unforeseen: a warning, and none of HDF5's own"
    cmp -s full/run.ckpt kept.ckpt
    expect $? "a full disk, unforeseen: the old one stays"
    # unwritten WHAT: of what has just ended.
    unwritten() {
        expect "$(($? != 1))" "a full disk, unforeseen, $1: exit status"
        grep -q 'error: cannot write .*No space left on device' err && ! grep -q 'HDF5' err out
        expect $? "a full disk, unforeseen, $1: an error, and none of HDF5's own"
        expect "$(($(find full -name '*.h5*' | wc -l)))" "a full disk, unforeseen, $1: no file"
    }
    for ranks in 1 2; do
        run $ranks --save-state full/state.h5 --shots 0
        unwritten "the state of $ranks ranks"
    done
    "${disk[@]}" "$exaket" checkpoint export kept.ckpt full/exported.h5 >out 2>err
    unwritten "exported"
    disk=()
    umount full
    befall "read-only" "Read-only file system" read_only
    befall "vanished" "No such file or directory" vanish
else
    echo "skipped: no mount here, so that no file system is full, read-only, or gone"
fi

# ---- a rank that hangs

rm -f run.ckpt*
(launch 4 --checkpoint run.ckpt --checkpoint-every 0.01 --watchdog 2) >out 2>err </dev/null &
runner=$!
wait_for run.ckpt $runner
stopped=$(ranks_of $runner | sed -n 2p)
kill -STOP "$stopped"
began=$SECONDS
wait $runner
expect "$(($? != 75))" "watchdog: exit status 75"
[ $((SECONDS - began)) -le 20 ]
expect $? "watchdog: in time"
grep -q "^exaket: error: rank 1 on host $(hostname) has been silent" err
expect $? "watchdog: names rank and host"
kill -KILL "$stopped" 2>/dev/null
run 2 --checkpoint run.ckpt --resume --save-state done.h5
expect $? "watchdog: resume"
same "watchdog"

# ---- a job that is suspended for longer than the watchdog waits

rm -f run.ckpt* done.h5
(launch 4 --checkpoint run.ckpt --checkpoint-every 0.01 --watchdog 2 --save-state done.h5) >out 2>err \
    </dev/null &
runner=$!
wait_for run.ckpt $runner
stopped=$(ranks_of $runner)
# shellcheck disable=SC2086  # the numbers are words
kill -STOP $stopped
sleep 4
# shellcheck disable=SC2086
kill -CONT $stopped
wait $runner
expect $? "suspended: goes on"
same "suspended"

# ---- kill -9

with_grace
restarted=0 lost=0
for trial in $(seq "$kills"); do
    rm -f run.ckpt* .run.ckpt* done.h5
    ranks=$((1 << RANDOM % 4))
    (launch $ranks --checkpoint run.ckpt --checkpoint-every 0.02) >out 2>err </dev/null &
    runner=$!
    case $((trial % 3)) in
    0) # a random moment
        wait_for run.ckpt $runner
        sleep "0.$(printf %03d $((RANDOM % 1000)))"
        ;;
    1) # while one is written
        wait_for run.ckpt $runner
        for _ in $(seq 5000); do [ -e .run.ckpt.part ] && break; done
        ;;
    2) # around the rename
        wait_for run.ckpt.previous $runner
        for _ in $(seq 5000); do [ -e run.ckpt ] || break; done
        ;;
    esac
    # shellcheck disable=SC2046
    kill -KILL $(ranks_of $runner | shuf -n 1 --random-source=<(yes $trial)) 2>/dev/null ||
        lost=$((lost + 1))
    wait $runner
    next=$(other_ranks $ranks)
    if run "$next" --checkpoint run.ckpt --resume --save-state done.h5 &&
        grep -q 'going on after' err && "$same_state" good.h5 done.h5 >deviation 2>>err; then
        restarted=$((restarted + 1))
    else
        expect 1 "kill $trial of $ranks ranks, then $next"
    fi
done
echo "$restarted of $kills runs killed by kill -9 ended in the same state ($lost ended before)"
expect $((restarted != kills)) "kill -9: all of them"

summarize
