#!/bin/bash
# VQE from the command line: known energies, the same on 1, 2, 4 and 8 ranks, files of parameters,
# and what is refused.
# Usage: vqe.sh EXAKET MPIRUN JSON_VALUE H2
set -u
exaket=$1 mpirun=$2 json_value=$3 h2=$4
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

# near A B TOLERANCE
near() { awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { d = a - b; exit !(d <= t && d >= -t) }'; }

# vqe RANKS WORDS...: output in out and err.
vqe() {
    on_ranks "$1" "$exaket" vqe "${@:2}" >out 2>err
}

value() { "$json_value" "$1" <out; }

vqe 1 "$h2" --format json
expect $? "hydrogen"
near "$(value energy)" -1.13727017463 1e-8
expect $? "hydrogen: energy $(value energy)"
near "$(value gradient_norm)" 0 1e-6
expect $? "hydrogen: gradient $(value gradient_norm)"
[ "$("$json_value" qubits terms ranks initial_state layers <out | tr '\n' ' ')" = '4 15 1 "0011" 4 ' ]
expect $? "hydrogen: what it was"
"$json_value" evaluations parameters.55 seconds.total starts.0.energy history.0 <out >/dev/null
expect $? "hydrogen: keys"
[ "$("$json_value" stopped starts.0.stopped stuck <out | tr '\n' ' ')" = \
    '"converged" "converged" false ' ]
expect $? "hydrogen: why it stopped"

[ "$("$json_value" parameter_names.0 parameter_names.55 <out | tr '\n' ' ')" = '"theta_1_1" "theta_4_14" ' ]
expect $? "hydrogen: names of parameters"
"$exaket" vqe "$h2" --ansatz ry-rz --layers 1 --evaluate --format json >out 2>err
[ "$("$json_value" parameter_names <out | tr -d '[]" \n')" = \
    ry_0_0,ry_0_1,ry_0_2,ry_0_3,rz_0_0,rz_0_1,rz_0_2,rz_0_3,ry_1_0,ry_1_1,ry_1_2,ry_1_3,rz_1_0,rz_1_1,rz_1_2,rz_1_3 ]
expect $? "names of rotations"

# One evaluation is the same on all ranks, to rounding.
awk 'BEGIN { for (i = 0; i < 90; i++)
    printf "%.17g%s", sin(i), i % 7 ? " " : ", # comment\n" }' >parameters
for ranks in 1 2 4 8; do
    vqe $ranks heisenberg:6:open --evaluate --parameters parameters --format json --watchdog 60
    expect $? "an evaluation on $ranks ranks"
    [ $ranks = 1 ] && first=$(value energy) slope=$(value gradient_norm)
    near "$(value energy)" "$first" 1e-12
    expect $? "energy $(value energy) on $ranks ranks, not $first"
    near "$(value gradient_norm)" "$slope" 1e-12
    expect $? "gradient $(value gradient_norm) on $ranks ranks, not $slope"
done

# Warm start: from the JSON of fewer layers. Random starts do not depend on the ranks.
vqe 1 tfim:6:1:periodic --ansatz hva --layers 2 --format json -o two.json
expect $? "two layers"
vqe 2 tfim:6:1:periodic --ansatz hva --layers 3 --parameters two.json --format json
expect $? "three layers from two"
near "$(value error)" 0 1e-8
expect $? "three layers are exact: error $(value error)"
for ranks in 1 4; do
    vqe $ranks tfim:4:1:open --starts 3 --seed 7 --max-evaluations 3 --format json
    "$json_value" starts <out | grep -o '"first_energy": [-0-9.]\{12\}' >starts.$ranks
done
cmp -s starts.1 starts.4 && [ "$(wc -l <starts.1)" -eq 3 ]
expect $? "random starts on 1 and 4 ranks"

vqe 2 tfim:4:1:open --starts 2 --climb --ansatz ry --layers 2
grep -q '^  energy  *-4\.7' out && grep -q '^  start ' out && grep -q '^  evaluations  *best' out
expect $? "the text"
vqe 1 tfim:4:1:open --max-evaluations 3
grep -q '^  stopped  *evaluations: none is left$' out
expect $? "the text: why it stopped"

printf '1 X\n' >one.txt
vqe 1 one.txt
grep -q '^one.txt: 1 qubit, 1 term; hva-terms, 1 layer, 1 parameter, from minus$' out
expect $? "one of each"

# An ansatz that cannot leave its initial state says so, once, and the text calls the error large.
printf '1 XXI\n1 YYI\n1 IXX\n1 IYY\n' >stuck.txt
vqe 2 stuck.txt
[ "$(grep -c 'warning: the energy has no gradient .* --initial-state' err)" -eq 1 ]
expect $? "stuck: the warning"
grep -q '^  error .* (100% of the exact energy: not the ground state)$' out
expect $? "stuck: the text"
vqe 1 stuck.txt --format json
[ "$("$json_value" stuck <out)" = true ]
expect $? "stuck: the JSON"
vqe 1 tfim:4:-1:open
grep -q 'from minus$' out && ! grep -q 'not the ground' out && ! grep -q warning err
expect $? "a field of the other sign"
vqe 1 tfim:4:1:open --evaluate --format json
[ "$("$json_value" stopped <out)" = null ]
expect $? "an evaluation does not stop"

# refused STATUS PATTERN WORDS...
refused() {
    "$exaket" vqe "${@:3}" >out 2>err </dev/null
    local status=$?
    [ $status -eq "$1" ] && grep -q "$2" err && [ "$(grep -c '^exaket: error' err)" -eq 1 ]
    expect $? "$*: status $status"
}
printf '1 XX\n2 XQ\n' >wrong.txt
printf '3 II\n' >constant.txt
printf '1e-320 ZZ\n' >tiny.txt
echo '{"parameters": [1, "a"]}' >wrong.json
echo '{"ansatz": "ry", "parameters": [1, 2, 3, 4, 5, 6, 7]}' >ry.json
echo '1 2 three' >wrong.numbers
echo '1 2 3 4 5' >five
refused 1 'wrong.txt:2:4: expected one of the letters' wrong.txt
refused 1 'constant.txt:1:1: expected a Hamiltonian' constant.txt
refused 1 'coefficients of tiny.txt add up to 1e-320' tiny.txt
refused 1 'coefficients of tfim:4:1e300:open add up to 4e+300' tfim:4:1e300:open
refused 1 'wrong.json:1:1: entry 1 of "parameters"' tfim:4:1:open --parameters wrong.json
refused 1 'ry.json has parameters of the ansatz ry, not of hva-terms' tfim:4:1:open \
    --ansatz hva-terms --layers 1 --parameters ry.json
refused 1 "wrong.numbers:1:5: expected a parameter" tfim:4:1:open --parameters wrong.numbers
refused 2 '5 parameters are given: the ansatz has 7 with 1 layer, and 28 with all its 4' \
    tfim:4:1:open --parameters five
refused 2 '5 parameters are given: the ansatz has 7 with its one layer$' tfim:4:1:open --layers 1 \
    --parameters five
refused 2 'unknown optimizer "adam"' tfim:4:1:open --optimizer adam
refused 2 "initial state '010'" tfim:4:1:open --initial-state 010
refused 2 'tfim:SPINS:FIELD:open|periodic' tfim:4
refused 2 'expected one of hva-terms, hva, ry, ry-rz' tfim:4:1:open --ansatz uccsd
refused 2 'one Hamiltonian at a time' tfim:4:1:open tfim:4:1:open
refused 2 'leave out --starts' tfim:4:1:open --evaluate --starts 2
refused 2 'are of --ansatz ry' tfim:4:1:open --ansatz hva --entanglement full
refused 2 'are of --ansatz ry' tfim:4:1:open --entangler cz
refused 2 'expected a number between 0 and 1' tfim:4:1:open --tolerance 2

summarize
