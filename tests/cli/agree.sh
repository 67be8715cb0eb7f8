#!/bin/bash
# QAOA energies of known graphs at known angles, and the rest of the result, on 1, 2, 4 and 8 ranks.
# Usage: agree.sh EXAKET MPIRUN JSON_VALUE all|some
set -u
exaket=$1 mpirun=$2 json_value=$3 amount=$4
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
export OMPI_MCA_mpi_yield_when_idle=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0 failures=0

# shellcheck disable=SC2054  # the commas separate angles
gamma=(- 0.6154796086 0.4878349208,0.8978383876 0.4218616314,0.7984031758,0.9369805086
    0.4087510384,0.7805687690,0.9880360116,1.1569086572)
# shellcheck disable=SC2054
beta=(- 0.3926990817 0.5549038678,0.2923804434 0.6089507134,0.4595673092,0.2356691112
    0.5995603465,0.4343422978,0.2967580418,0.1590355332)
# Graph, maximum cut, and the energies for p = 1..4. The prism's first is from the closed formula for
# p = 1 (Wang et al. 2018); the table that the others are from is 6.7e-8 off there.
some="petersen 12 10.3867513459 10.9905407565 11.0268936995 11.5430941464
desargues 30 20.7735026919 22.6771937536 24.0489997302 24.7797680529"
rest="k33 9 6.2320508076 7.5144675112 7.7983143473 8.1180286677
prism 7 5.8987175214 6.5455173637 6.6610052910 6.8336214074
cube 12 8.3094010768 9.4787636403 10.0384448035 10.3060059535
heawood 21 14.5414518843 15.8740356275 16.9959138299 17.4438071047"

complain() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# near A B TOLERANCE
near() { awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { d = a - b; exit !(d <= t && d >= -t) }'; }

# evaluate RANKS GRAPH P PRECISION: the result as JSON in $work/RANKS.
evaluate() {
    "$mpirun" --oversubscribe --bind-to none -n "$1" "$exaket" qaoa "named:$2" \
        --gamma "${gamma[$3]}" --beta "${beta[$3]}" --precision "$4" --seed 7 --format json \
        >"$work/$1" 2>"$work/err" </dev/null
}

# compare RANKS GRAPH P PRECISION ENERGY TOLERANCE OPTIMUM
compare() {
    local got
    checks=$((checks + 1))
    evaluate "$1" "$2" "$3" "$4" || { complain "$*: $(cat "$work/err")"; return; }
    mapfile -t got < <("$json_value" energy optimum ranks evaluations <"$work/$1")
    near "${got[0]}" "$5" "$6" || complain "$2 p=$3 $4 on $1 ranks: energy ${got[0]}, expected $5"
    near "${got[1]}" "$7" 0 || complain "$2 on $1 ranks: optimum ${got[1]}, expected $7"
    [ "${got[2]} ${got[3]}" = "$1 1" ] || complain "ranks, evaluations: ${got[2]} ${got[3]}"
    # The shots and what follows from them are the same everywhere. In single precision rounding
    # moves a few of them to a neighbour: 2^20 states share the interval from 0 to 1.
    [ "$4" = double ] || return
    "$json_value" counts best_bitstring best_value qubits <"$work/$1" >"$work/shots.$1"
    cmp -s "$work/shots.1" "$work/shots.$1" || complain "$2 p=$3 $4: other shots on $1 ranks"
}

# graph NAME OPTIMUM ENERGIES...
graph() {
    local name=$1 optimum=$2 p ranks
    shift 2
    for p in 1 2 3 4; do
        for ranks in 1 2 4 8; do
            compare $ranks "$name" $p double "$1" 1e-8 "$optimum"
        done
        shift
    done
}

while read -r line; do
    # shellcheck disable=SC2086  # a line of words
    graph $line
done <<<"$some$([ "$amount" = all ] && printf '\n%s' "$rest")"
for ranks in 1 2 4 8; do compare $ranks desargues 3 single 24.0489997302 1e-4 30; done

echo "$checks evaluations, $failures complaints"
[ "$failures" -eq 0 ]
