#!/bin/bash
# Every script of benchmarks/ on few qubits: its rows, without holes, and its picture; and the job
# for scaling, with a stand-in for srun.
# Usage: benchmarks.sh EXAKET FOLDER   (of the scripts)
set -u
export EXAKET=$1 REPEAT=1 OMP_NUM_THREADS=1 OMPI_MCA_mpi_yield_when_idle=1
scripts=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# check SCRIPT QUBITS ROWS: the CSV has so many rows, each as long as the header.
check() {
    local csv=$work/$1.csv
    "$scripts/$1" "$2" "$work" >"$work/out" 2>"$work/err" </dev/null &&
        [ "$(wc -l <"$csv")" -eq $(($3 + 1)) ] &&
        awk -F, 'NR == 1 { fields = NF } NF != fields { exit 1 }' "$csv" &&
        grep -q '</svg>' "$work/$1.svg" && ! grep -q warning "$work/err" && return
    echo "FAILED: $1: $(cat "$work/err" "$csv")"
    failures=$((failures + 1))
}

check how-fast-is-a-gate 2 4
check how-fast-is-each-kernel 14 38
check how-fast-is-each-workload 18 24
check does-it-scale-with-qubits 6 12
check does-it-matter-how-a-circuit-is-written 6 6
RANKS=2 check are-ranks-as-fast-as-threads 8 16
RANKS="1 2" check does-it-scale-with-ranks 6 12
"$scripts/how-fast-is-a-checkpoint" 16 "$work" >"$work/out" 2>"$work/err"
{ grep -qE '^16,1,1(,[0-9.]+){6}$' "$work/out" && [ ! -s "$work/err" ]; } ||
    { echo "FAILED: how-fast-is-a-checkpoint: $(cat "$work/err" "$work/out")"; failures=$((failures + 1)); }
simulation=${EXAKET%/*}/simulated_reshuffles
if [ -e "$simulation" ]; then
    SIMULATION=$simulation RANKS="16 64" TREES="half shared" check how-does-it-scale-to-1024-ranks 20 12
    awk -F, 'NR > 1 && ($8 != $9 || $8 < 2^23 || $10 > 1.3 * $11 || $11 > 1.3 * $10) { exit 1 }' \
        "$work/how-does-it-scale-to-1024-ranks.csv" ||
        { echo "FAILED: reshuffles are not as predicted: $(cat "$work/out")"; failures=$((failures + 1)); }
else
    echo "skipped: no SimGrid, no simulated networks (libsimgrid-dev)"
fi
[ "$("$scripts/how-fast-is-a-gate" --help | grep -c '^Usage: ')" -eq 1 ] ||
    { echo "FAILED: help"; failures=$((failures + 1)); }
"$scripts/how-fast-is-a-gate" many 2>"$work/err"
{ [ $? -eq 2 ] && grep -q "'many' is no number of qubits" "$work/err"; } ||
    { echo "FAILED: a word for a number: $(cat "$work/err")"; failures=$((failures + 1)); }

cat >"$work/srun" <<'END'
#!/bin/bash
for word in "$@"; do [[ $word == --ntasks=* ]] && ranks=${word#*=}; done
while [[ $1 == --* ]]; do shift; done
exec mpirun --oversubscribe --allow-run-as-root --bind-to none -n "$ranks" "$@"
END
chmod +x "$work/srun"
PATH=$work:$PATH SLURM_JOB_NUM_NODES=3 SLURM_NTASKS_PER_NODE=2 bash "$scripts/../jobs/scaling.sbatch" \
    weak --qubits 5 --workloads qft,gate --repeat 1 >"$work/out" 2>"$work/err"
[ "$(cut -d, -f1,2,5 "$work/out" | xargs)" = \
    "workload,ranks,qubits qft,2,6 gate,2,6 qft,4,7 gate,4,7" ] ||
    { echo "FAILED: scaling.sbatch: $(cat "$work/out" "$work/err")"; failures=$((failures + 1)); }

echo "$failures failed"
[ "$failures" -eq 0 ]
