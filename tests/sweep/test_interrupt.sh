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
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# The ranks of a sweep, by the output folder that nobody else has. (Those of a dead launcher may
# live on for a moment: the next run must wait for them.)
ranks_of() { pgrep -f "^$bin/sweep_driver .*$1\$" || true; }

echo "without interruption:"
began=$(milliseconds)
"$@" 2 "$bin/sweep_driver" "$spec" "$folder/reference"
duration=$(($(milliseconds) - began))
echo "took $duration ms"

i=1
while [ "$i" -le "$count" ]; do
    output=$folder/run-$i
    random 1 4; ranks=$number
    random 50 $((duration + duration / 10)); moment=$number
    random 1 3; way=$number
    "$@" "$ranks" "$bin/sweep_driver" "$spec" "$output" >"$folder/log" 2>&1 &
    launcher=$!
    sleep "$(awk -v m="$moment" 'BEGIN { print m / 1000 }')"
    case $way in
    1) what="the launcher"; kill -9 "$launcher" 2>/dev/null || true ;;
    2)
        random 1 "$ranks"
        what="a rank"
        victim=$(ranks_of "$output" | sed -n "${number}p")
        [ -z "$victim" ] || kill -9 "$victim" 2>/dev/null || true
        ;;
    3) what="all, gently,"; kill -TERM "$launcher" 2>/dev/null || true ;;
    esac
    wait "$launcher" 2>/dev/null || true
    done=$(cat "$output"/journal/*.jsonl 2>/dev/null | grep -c '"record":"done"' || true)
    random 1 4
    printf '%s: killed %s of %s ranks after %s ms with %s points done, resumed on %s ranks: ' \
        "$i" "$what" "$ranks" "$moment" "$done" "$number"
    "$@" "$number" "$bin/sweep_driver" "$spec" "$output" >"$folder/log" 2>&1 || {
        cat "$folder/log"
        exit 1
    }
    repeated=$(cat "$output"/journal/*.jsonl | grep -o '"record":"done","point":[0-9]*' |
        sort | uniq -d | wc -l)
    [ "$repeated" = 0 ] || { echo "$repeated points were done twice"; exit 1; }
    "$bin/same_results" "$folder/reference/results.h5" "$output/results.h5"
    rm -rf "$output"
    i=$((i + 1))
done
