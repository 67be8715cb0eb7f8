#!/bin/bash
# Plans: what they say of programs, problems and specs, that runs keep to it, and what is refused.
# Usage: plan.sh EXAKET MPIRUN JSON_VALUE SPEC
set -u
exaket=$1 mpirun=$2 json_value=$3 spec=$4
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

# same NAME EXPECTED GOT
same() {
    [ "$2" = "$3" ]
    expect $? "$1: expected '$2', got '$3'"
}

plan() { "$exaket" plan "$@" >out 2>err </dev/null; }
values() { "$json_value" "$@" <out | tr '\n' ' '; }

# qft QUBITS: in gates, with swaps and measurements at the end.
qft() {
    local i j
    printf 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[%d]; creg c[%d];\n' "$1" "$1"
    for ((i = $1 - 1; i >= 0; i--)); do
        echo "h q[$i];"
        for ((j = i - 1; j >= 0; j--)); do echo "cu1(pi/2^$((i - j))) q[$j],q[$i];"; done
    done
    for ((i = 0; i < $1 / 2; i++)); do echo "swap q[$i],q[$(($1 - 1 - i))];"; done
    echo "measure q -> c;"
}
qft 12 >qft12.qasm
qft 34 >qft34.qasm
qft 60 >qft60.qasm

# ---- programs -----------------------------------------------------------------------------------
plan qft34.qasm --ranks 64 --format json --memory-per-node 8
expect $? "a program: $(cat err)"
values qubits ranks stages reshuffles passes bytes_sent_per_rank state_bytes_per_rank \
    buffer_bytes_per_rank fits min_ranks predicted_seconds checkpoint_bytes >/dev/null
expect $? "all keys are there"
same "a QFT of 34 qubits" "34 64 2 1 4227858432 4294967296 true 64 274877906944 " \
    "$(values qubits ranks stages reshuffles bytes_sent_per_rank state_bytes_per_rank fits \
        min_ranks checkpoint_bytes)"
same "nothing on the standard error" "" "$(cat err)"

start=$SECONDS
plan qft60.qasm --ranks 1048576 --format json
same "60 qubits on 2^20 ranks" "1 17592186044416 17592169267200 false " \
    "$(values reshuffles state_bytes_per_rank bytes_sent_per_rank fits)"
plan qft60.qasm --format json
same "60 qubits on one rank" "1.8446744073709552e19 0 " \
    "$(values state_bytes_per_rank bytes_sent_total)"
[ $((SECONDS - start)) -lt 5 ]
expect $? "plans of 60 qubits took $((SECONDS - start)) seconds"

# ---- a run does what its plan says --------------------------------------------------------------
# keeps PROGRAM RANKS SHARED
keeps() {
    local planned what="a run of $1 on $2 ranks, $3 on a node"
    plan "$1" --ranks "$2" --ranks-per-node "$3" --threads 1 --format json
    planned=$(values stages reshuffles passes bytes_sent_total)
    EXAKET_SHARED_RANKS=$3 "$mpirun" --oversubscribe --bind-to none -n "$2" "$exaket" run "$1" \
        --shots 10 --format json >out 2>err </dev/null
    expect $? "$what: $(cat err)"
    same "$what" "$planned" "$(values plan.stages plan.reshuffles plan.passes plan.bytes_sent)"
}
for setting in "1 1" "2 1" "2 2" "4 2" "8 8" "8 1"; do
    keeps qft12.qasm "${setting% *}" "${setting#* }"
done
# More ranks than it needs: both fill its register up.
printf 'OPENQASM 2.0; include "qelib1.inc"; qreg q[12]; h q[0]; cx q[0],q[5];' >bell.qasm
keeps bell.qasm 8 1
keeps bell.qasm 8 8

# padded RANKS: what is said of five qubits on so many.
printf 'OPENQASM 2.0; include "qelib1.inc"; qreg q[5]; h q; cx q[0],q[4];' >five.qasm
printf 'OPENQASM 2.0; include "qelib1.inc"; qreg q[7]; h q[3]; cx q[3],q[4];' >two.qasm
for setting in "16 5" "32 6" "1048576 21"; do
    ranks=${setting% *} held=${setting#* }
    plan five.qasm --ranks "$ranks" --format json
    same "five qubits on $ranks ranks" "5 $held " "$(values qubits state_qubits)"
    plan five.qasm --ranks "$ranks"
    grep -q '^circuit:    five.qasm, 5 qubits' out
    expect $? "five qubits on $ranks ranks: $(cat out)"
    [ "$(grep -c "5 qubits in a register of $held, so that each of $ranks ranks " out)" -eq \
        $((held > 5)) ]
    expect $? "five qubits on $ranks ranks, padded: $(cat out)"
done
plan two.qasm --format json
same "qubits that are not used" "7 2 " "$(values qubits state_qubits)"
plan two.qasm
grep -q '^circuit:    two.qasm, 7 qubits in a register of 2: the others are not used, double' out
expect $? "qubits that are not used: $(cat out)"

# ---- text ---------------------------------------------------------------------------------------
plan qft34.qasm --ranks 64 --ranks-per-node 4 --explain
expect $? "text: $(cat err)"
for words in '64 ranks x .* on 16 nodes' '2 stages, 1 reshuffle,' '3.75 GiB per rank, 240 GiB' \
    '^stage 2: rank slots hold' '^reshuffle: ' '^  pass 1: slots'; do
    grep -q "$words" out
    expect $? "text: no '$words'"
done
plan qft34.qasm --explain --format json -o plan.json
same "the text goes to a file" "" "$(cat out)"
"$json_value" explain <plan.json | grep -q 'stage 1'
expect $? "JSON with the plan in text"

# ---- problems, specs, dynamic programs ----------------------------------------------------------
plan regular:34:3:1 --layers 3 --ranks 64 --format json
same "QAOA of 3 layers" "34 4 3 " "$(values qubits stages reshuffles)"
# halved SETTING SYMMETRY STATE WORDS...: in JSON and in words.
halved() {
    plan "${@:4}" --symmetry "$1" --format json
    same "symmetry $1: ${*:4}" "10 $3 $2 " "$(values qubits state_qubits symmetry)"
    plan "${@:4}" --symmetry "$1"
    [ "$(grep -c 'of which 9 stand for all by flip symmetry, double' out)" -eq $((10 - $3)) ]
    expect $? "symmetry $1: ${*:4}: $(cat out)"
}
halved auto '"flip"' 9 named:petersen
halved off null 10 named:petersen
halved auto null 10 named:petersen --ranks 2
halved on '"flip"' 9 named:petersen --ranks 2
halved auto '"flip"' 9 named:petersen --ranks 2 --ranks-per-node 2
plan "$spec" --format json
same "symmetry in a spec" '20 19 "flip" ' "$(values qubits state_qubits symmetry)"
plan qft34.qasm --ranks 64 --format json
same "no symmetry in a program" "null " "$(values symmetry)"
# smallest WORDS...: what each number of ranks says is the first of them that fits, whichever was
# asked for. Half of the state, by symmetry, does on the ranks of one node only.
smallest() {
    local ranks said='' fits least first=null
    for ranks in 1 2 4 8 16 32; do
        plan "$@" --ranks $ranks --format json
        read -r fits least <<<"$(values fits min_ranks)"
        said="$said $least"
        if [ "$fits" = true ] && [ $first = null ]; then first=$ranks; fi
    done
    same "plan $*: the fewest ranks that fit" "$(for _ in 1 2 4 8 16 32; do echo $first; done |
        xargs)" "$(xargs <<<"$said")"
}
smallest regular:32:3:1 --memory-per-node 10
smallest regular:32:3:1 --memory-per-node 40
smallest regular:32:3:1 --memory-per-node 40 --symmetry on
smallest regular:32:3:1 --memory-per-node 40 --symmetry off
smallest regular:32:3:1 --memory-per-node 20 --ranks-per-node 4
smallest regular:32:3:1 --memory-per-node 40 --ranks-per-node 4 --precision single
smallest regular:32:3:1 --memory-per-node 10 --mixer grover
plan regular:32:3:1 --memory-per-node 10 --ranks 1
grep -q 'does not fit (from 8 ranks on)' out
expect $? "in words: $(grep memory out)"

plan "$spec" --ranks 2 --format json
expect $? "a spec: $(cat err)"
same "a spec" "20 5 20 " "$(values sweep.points sweep.problems qubits)"
plan "$spec" --set algorithm.starts=2
expect $? "an override: $(cat err)"
printf 'OPENQASM 3;\ninclude "stdgates.inc";\ninput float t;\nqubit[3] q; bit[3] c;\nh q; c = measure q;
rx(t) q[0];\nif (c[1] == 1) x q[2];\nc = measure q;\n' >dynamic.qasm
plan dynamic.qasm --set t=0.5
grep -q 'drawn on the way' out
expect $? "a program that branches: $(cat err)"
plan dynamic.qasm
expect $? "inputs that are not set: $(cat err)"

for threads in 1 3; do
    OMP_NUM_THREADS=$threads plan named:petersen --ranks 2 --ranks-per-node 2 --format json
    same "threads of the environment" "$threads " "$(values threads_per_rank)"
done
OMP_NUM_THREADS=3 plan named:petersen --threads 5 --format json
same "an option goes before the environment" "5 " "$(values threads_per_rank)"

# ---- Hamiltonians: as the same in a spec --------------------------------------------------------
printf '# two qubits\n\n  -0.5 ZZ\n 1e-1 XI\n0.1 IX\n' >pairs
printf -- '-0.5 ZZ\n1e-1 XA\n' >wrong
for what in "tfim:6:1.0:open 6" "heisenberg:4:periodic 4" "pairs 2" "${spec%/*}/h2.txt 4"; do
    file=${what% *} qubits=${what#* }
    for layers in "$qubits" 3; do
        cat >vqe.yaml <<END
name: chain
problem: {files: ["$file"], kind: hamiltonian}
algorithm: {name: vqe, layers: $layers, optimizer: lbfgs}
END
        plan vqe.yaml --ranks 2 --format json
        expect $? "$file in a spec: $(cat err)"
        planned=$(values qubits states passes reshuffles bytes_sent_total predicted_seconds)
        if [ "$layers" = "$qubits" ]; then plan "$file" --ranks 2 --format json
        else plan "$file" --ranks 2 --layers 3 --format json; fi
        expect $? "$file: $(cat err)"
        same "$file, $layers layers" "$planned" \
            "$(values qubits states passes reshuffles bytes_sent_total predicted_seconds)"
    done
done
plan tfim:6:1.0:open
grep -q '^circuit:    tfim:6:1.0:open, 6 qubits, double' out
expect $? "a chain in words: $(cat out)"

printf 'OPENQASM 2.0; qreg q[1]; U(1,0,0) q[0];' >one.qasm
plan one.qasm
grep -q '^circuit:    one.qasm, 1 qubit, ' out && ! grep -qE '\b1 (qubit|rank|thread|node|stage|passe)s' out
expect $? "one qubit in words: $(cat out)"
plan vqe.yaml
grep -q '^sweep:      1 point of 1 problem, ' out
expect $? "one point in words: $(cat out)"

# ---- machines -----------------------------------------------------------------------------------
echo '{"memory_bandwidth_bytes_per_second": 1e9, "gflops_per_thread": 1e6, "note": "x"}' >slow
plan qft34.qasm --machine slow --format json
[[ $(values predicted_seconds_by_part.passes) == 1649.2* ]] # 3 passes, 2 * 2^38 bytes each
expect $? "a machine from a file: $(values predicted_seconds_by_part.passes)"
plan qft34.qasm --machine slow --memory-bandwidth 10 --format json
[[ $(values predicted_seconds_by_part.passes) == 164.9* ]]
expect $? "an option goes before the file: $(values predicted_seconds_by_part.passes)"

echo '{"vector_bytes": 16, "l2_cache_bytes": 262144}' >narrow
echo '{"vector_bytes": 64, "vector_registers": 32, "l2_cache_bytes": 1048576}' >wide # of before
plan regular:26:3:1 --layers 8 --machine wide --format json
wide=$(values passes predicted_seconds_by_part.arithmetic_alone)
plan regular:26:3:1 --layers 8 --machine narrow --format json
awk '{ exit !($1 > $3 && $2 > $4) }' \
    <<<"$(values passes predicted_seconds_by_part.arithmetic_alone) $wide"
expect $? "short vectors and small caches: $(cat out), not $wide"

plan regular:20:3:1 --layers 2 --machine slow --format json
awk '{ exit !($1 > 0 && $2 > $1) }' <<<"$(values predicted_seconds_by_part.{observe,passes})"
expect $? "the energy of a QAOA is counted: $(cat out)"
plan "${spec%/*}/vqe-ising.yaml" --machine slow --format json
awk '{ exit !($1 > 0 && $2 == 2 ^ 8 * 16 && $3 == 2 * $2 && $4 == 2) }' \
    <<<"$(values predicted_seconds_by_part.observe state_bytes_per_rank \
        all_states_bytes_per_rank states)"
expect $? "derivatives of a VQE are counted: $(cat out)"
plan "${spec%/*}/vqe-ising.yaml" --ranks 2
grep -q 'memory:     2 x 2 KiB state + ' out
expect $? "two states in words: $(cat out)"
plan qft34.qasm --ranks 64 --format json
same "one state" "1 4294967296 " "$(values states all_states_bytes_per_rank)"

# ---- what is refused ----------------------------------------------------------------------------
# refused STATUS WORDS...: the exit status, and one line that says why.
refused() {
    local status
    plan "${@:2}"
    status=$?
    same "plan ${*:2}: exit status" "$1" "$status"
    grep -q '^exaket: error: ' err && [ ! -s out ]
    expect $? "plan ${*:2}: $(cat err)"
}
echo '[1]' >list
echo '{"gflops_per_thread": -1}' >negative
echo '{"gflops_per_thread": 1e-300}' >tiny
echo '{"gflops_per_thread": 1, "memory_bandwith_bytes_per_second": 5e9}' >misspelt
echo '{"vector_bytes": 24}' >odd
echo '{}' >empty
echo '{"note": "x"}' >noted
refused 2
refused 2 qft12.qasm qft34.qasm
refused 1 qft12.qasm --ranks 3
refused 1 named:petersen --ranks 4096
refused 2 named:petersen --vertices 12
grep -q "leave out the number of vertices, 12" err
expect $? "vertices of a generated graph: $(cat err)"
refused 2 qft12.qasm --ranks 0
refused 2 qft12.qasm --ranks-per-node 3
for number in 0 -1 1e-300 1e300 nan; do
    refused 2 qft12.qasm --network-bandwidth $number
done
refused 2 qft12.qasm --memory-bandwidth 1e-300
grep -q "memory-bandwidth '1e-300': expected a number from 1e-21 to 1e+21" err
expect $? "a bandwidth that nothing has: $(cat err)"
refused 2 qft12.qasm --network-latency 1e-320
refused 2 qft12.qasm --layers 2
for option in --mixer=x --symmetry=on --problem=qubo --input=gset --vertices=12 --budget=3 \
    --risk-aversion=0.5; do
    refused 2 qft12.qasm $option
    grep -q -e "${option%=*} is for problems; a program has none" err
    expect $? "$option with a program: $(cat err)"
    refused 2 "$spec" $option
done
for option in --mixer=x --symmetry=on --problem=qubo --vertices=12; do
    refused 2 tfim:6:1.0:open $option
    grep -q -e "${option%=*} is for problems; a Hamiltonian has none" err
    expect $? "$option with a Hamiltonian: $(cat err)"
done
refused 2 tfim:6:1.0:open --set a=1
refused 2 tfim:6:1.0
refused 1 tfim:6:1.0:open --ranks 4096
refused 1 wrong
grep -q '^exaket: error: wrong:2:7: expected one of the letters I, X, Y, Z' err
expect $? "a wrong Hamiltonian: $(cat err)"
refused 2 named:petersen --set a=1
refused 1 missing.qasm
refused 1 missing.yaml
refused 1 missing
refused 1 qft12.qasm --machine missing
refused 1 qft12.qasm --machine list
refused 1 qft12.qasm --machine negative
refused 1 qft12.qasm --machine tiny
grep -q '^exaket: error: tiny: gflops_per_thread is no number from 1e-12 to 1e+30' err
expect $? "a speed that nothing has: $(cat err)"
refused 1 qft12.qasm --machine odd
grep -q '^exaket: error: odd: vector_bytes of 24: give 16, 32 or 64' err
expect $? "vectors that no kernel has: $(cat err)"
refused 1 qft12.qasm --machine misspelt
for words in '^exaket: error: misspelt: unknown key "memory_bandwith_bytes_per_second"' \
    'the keys are memory_bandwidth_bytes_per_second, ' 'network_distances'; do
    grep -q "$words" err
    expect $? "a misspelt key: no '$words': $(cat err)"
done
for file in empty noted; do
    refused 1 qft12.qasm --machine $file
    grep -q "^exaket: error: $file: holds nothing of a machine" err
    expect $? "a file without a key: $(cat err)"
done
refused 1 qft12.qasm -o missing/out

summarize
