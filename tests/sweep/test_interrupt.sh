#!/bin/sh
# Kills sweeps at random moments, runs them again, and compares what they end with.
# Usage: test_interrupt.sh COUNT SEED BIN_FOLDER SPEC MPIRUN...
#   COUNT moments; SEED of the moments (0: another one each time); BIN_FOLDER with the programs
#   sweep_driver and same_results; MPIRUN...: the launcher up to its -n.
set -eu
count=$1 seed=$2 bin=$3 spec=$4
shift 4
[ "$seed" != 0 ] || seed=$(date +%s)
folder=$(mktemp -d "${TMPDIR:-/tmp}/exaket-interrupt-XXXXXX")
trap 'rm -rf "$folder"' EXIT
echo "seed $seed"

# random LOW HIGH: a whole number, the next of the sequence.
state=$seed
random() {
    state=$(awk -v s="$state" 'BEGIN { printf "%d", (s * 16807) % 2147483647 }')
    number=$(($1 + state % ($2 - $1 + 1)))
}
# Lines in the journals of an output folder: moments are counted in these, not in seconds, so that
# they lie within the run on any machine.
lines_of() { cat "$1"/journal/*.jsonl 2>/dev/null | wc -l; }

# The ranks of a sweep, by the output folder that nobody else has. (Those of a dead launcher may
# live on for a moment: the next run must wait for them.)
ranks_of() { pgrep -f "^$bin/sweep_driver .*$1\$" || true; }

echo "without interruption:"
"$@" 2 "$bin/sweep_driver" 1 "$spec" "$folder/reference-1"
"$@" 2 "$bin/sweep_driver" 2 "$spec" "$folder/reference-2"
total=$(lines_of "$folder/reference-1")

# Each sweep is killed once, in one of three ways, and run again on another number of ranks.
i=1
while [ "$i" -le "$count" ]; do
    output=$folder/run-$i
    per_point=$((1 + i / 3 % 2))
    random "$per_point" 4; ranks=$number
    random 0 "$total"; moment=$number
    "$@" "$ranks" "$bin/sweep_driver" "$per_point" "$spec" "$output" >"$folder/log" 2>&1 &
    launcher=$!
    while [ "$(lines_of "$output")" -lt "$moment" ] && kill -0 "$launcher" 2>/dev/null; do
        sleep 0.01
    done
    case $((i % 3)) in
    0) what="the launcher"; kill -9 "$launcher" 2>/dev/null || true ;;
    1)
        random 1 "$ranks"
        what="a rank"
        victim=$(ranks_of "$output" | sed -n "${number}p")
        [ -z "$victim" ] || kill -9 "$victim" 2>/dev/null || true
        ;;
    2) # as srun does it; mpirun itself gives its ranks no time
        what="all, gently,"
        for rank in $(ranks_of "$output"); do kill -TERM "$rank" 2>/dev/null || true; done
        ;;
    esac
    wait "$launcher" 2>/dev/null || true
    done=$(cat "$output"/journal/*.jsonl 2>/dev/null | grep -c '"record":"done"' || true)
    random "$per_point" 4
    printf '%s: killed %s of %s ranks (%s per point) ' "$i" "$what" "$ranks" "$per_point"
    printf 'at line %s of %s with %s points done, resumed on %s: ' "$moment" "$total" "$done" "$number"
    "$@" "$number" "$bin/sweep_driver" "$per_point" "$spec" "$output" >"$folder/log" 2>&1 || {
        cat "$folder/log"
        exit 1
    }
    repeated=$(cat "$output"/journal/*.jsonl | grep -o '"record":"done","point":[0-9]*' |
        sort | uniq -d | wc -l)
    [ "$repeated" = 0 ] || { echo "$repeated points were done twice"; exit 1; }
    "$bin/same_results" "$folder/reference-$per_point/results.h5" "$output/results.h5"
    rm -rf "$output"
    i=$((i + 1))
done
