# shellcheck shell=bash disable=SC2034
# Sourced by the scripts of this folder, with their words: [QUBITS] [FOLDER].
# Variables: EXAKET (the program; default: build/bin/exaket), PREFIX (words before it, such as
# "numactl --interleave=all"), REPEAT (timed runs, default 5), SEED.
set -euo pipefail
name=$(basename "$0")
home=$(cd "$(dirname "$0")/.." && pwd)
case ${1-} in
--help | -h) sed -n '2,/^[^#]/s/^# //p' "$0"; exit 0 ;;
*[!0-9]*) echo "$name: '$1' is no number of qubits (see --help)" >&2; exit 2 ;;
esac
given_qubits=${1-}
folder=${2-$home/results/benchmarks}
exaket=${EXAKET-$home/build/bin/exaket}
read -r -a prefix <<<"${PREFIX-}"
cores=$(env -u OMP_NUM_THREADS nproc) # which nproc would say instead
common=(--repeat "${REPEAT-5}" --seed "${SEED-1}")
for program in "$exaket" jq gnuplot; do
    command -v "$program" >/dev/null || { echo "$name: $program is not there" >&2; exit 1; }
done
mkdir -p "$folder"
csv=$folder/$name.csv
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1

# bench WORDS...: one JSON object of one process.
bench() { "${prefix[@]}" "$exaket" bench "$@" "${common[@]}" --format json; }

# bench_on RANKS THREADS WORDS...: likewise of several.
bench_on() {
    if [ "$1" -eq 1 ]; then
        bench "${@:3}" --threads "$2"
    else
        "${prefix[@]}" mpirun -n "$1" "$exaket" bench "${@:3}" --threads "$2" "${common[@]}" \
            --format json
    fi
}

header=workload,qubits,layers,slot,precision,ranks,threads_per_rank,seconds_median,seconds_min,\
stream_pass_seconds,passes_equivalent,passes_per_layer,planned_passes,reshuffles,\
bytes_sent_per_rank,peak_rss_bytes_per_rank,energy

# Turns JSON objects into rows of CSV.
rows() {
    jq -r '[.workload, .qubits, .layers, .slot, .precision, .ranks, .threads_per_rank,
        .seconds.median, .seconds.min, .stream_pass_seconds, .passes_equivalent, .passes_per_layer,
        .planned_passes, .reshuffles, .bytes_sent_per_rank, .peak_rss_bytes_per_rank,
        .check.energy] | map(if . == null then "" else tostring end) | join(",")'
}

# Begins the CSV; measure WORDS... adds a row to it and says so.
begin() { echo "$header" >"$csv"; }
measure_on() {
    echo "$name: ${*:3} on $1 x $2" >&2
    bench_on "$@" | rows >>"$csv"
}
measure() {
    echo "$name: $*" >&2
    bench "$@" | rows >>"$csv"
}

# halves OFFSET: of the rows, as words of gnuplot's for the first (0) or the second half (1).
halves() {
    local half=$((($(wc -l <"$csv") - 1) / 2))
    echo "every ::$(($1 * half))::$((($1 + 1) * half - 1))"
}

# draw: gnuplot commands from the standard input; `csv` is there.
draw() {
    {
        echo "csv = '$csv'"
        echo "set terminal svg size 900,560 background 'white'; set output '$folder/$name.svg'"
        echo "set datafile separator comma; set datafile columnheaders; set datafile missing NaN"
        echo "set grid; set key outside right top"
        cat
    } | gnuplot
    echo "$csv"
    echo "$folder/$name.svg"
}
