#!/bin/bash
# Benchmarks from the command line: JSON with all its keys, the same results on any number of
# ranks, text, and what is refused.
# Usage: bench.sh EXAKET MPIRUN JSON_VALUE
set -u
exaket=$1 mpirun=$2 json_value=$3
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

# run RANKS WORDS...: exaket bench, output in out and err.
run() { on_ranks "$1" "$exaket" bench "${@:2}" >out 2>err; }

# near FILE FILE: the same words, numbers within 1e-12.
near() {
    paste "$1" "$2" | awk '{ d = $1 - $2; if ($1 != $2 && !(d <= 1e-12 && d >= -1e-12)) exit 1 }
        END { exit NR == 0 }'
}

# ---- every workload, the same on several ranks as on one ----------------------------------------
keys="seconds.min seconds.median seconds.max stream_pass_seconds stream_bytes_per_second
passes_equivalent planned_passes reshuffles bytes_sent_per_rank plan_seconds prepare_seconds
state_bytes_per_rank states all_states_bytes_per_rank peak_rss_bytes_per_rank"
for workload in "gate --slot 9" "random-circuit --depth 6" qft "qaoa --layers 3" \
    "quantum-volume --layers 4" vqe-ansatz pauli-sum gradient stream; do
    numbers="1 4"
    [ "$workload" = qft ] && numbers="1 2 4 8"
    for ranks in $numbers; do
        # shellcheck disable=SC2086  # words
        run $ranks $workload --qubits 10 --seed 3 --repeat 2 --format json
        expect $? "$workload on $ranks ranks: $(cat err)"
        # shellcheck disable=SC2086
        "$json_value" $keys <out >/dev/null
        expect $? "$workload on $ranks ranks: keys in $(cat out)"
        [ "$("$json_value" workload qubits precision ranks threads_per_rank repeat <out | xargs)" = \
            "${workload%% *} 10 double $ranks 1 2" ]
        expect $? "$workload on $ranks ranks: facts in $(cat out)"
        "$json_value" check.{norm,energy,gradient_norm} check.amplitudes.{0..3}.{index,re,im} <out >check.$ranks
        near check.1 check.$ranks
        expect $? "$workload: other results on $ranks ranks: $(paste check.1 check.$ranks)"
    done
done

# ---- for people, into a file, in single precision -----------------------------------------------
run 2 qaoa --qubits 8 --layers 2 --precision single --threads 2 -o table
expect $? "qaoa as text: $(cat err)"
grep -q '^qaoa: 8 qubits, 2 layers, single precision, 2 ranks x 2 threads$' table &&
    grep -qE '^median of 5 +[0-9.]+ ms +[0-9.]+ passes$' table &&
    grep -qE '^stream pass +[0-9.]+ ms +[0-9.]+ GB/s$' table && grep -q '^planned passes' table &&
    grep -q '^per layer' table && grep -q '^energy' table
expect $? "qaoa as text: $(cat table)"

run 1 gate --qubits 1 --repeat 1
grep -q '^gate: 1 qubit, slot 0, double precision, 1 rank x 1 thread$' out
expect $? "one qubit as text: $(cat out)"
run 1 gradient --qubits 8 --repeat 1
grep -qE '^state per rank +4 KiB each of 2, .* in all' out
expect $? "two states as text: $(cat out)"

# ---- messages, scaling, machine files -----------------------------------------------------------
run 4 exchange --repeat 2 --exchange-buffer 64KiB --save-machine machine.json
expect $? "exchange: $(cat err)"
[ "$(grep -cE '^rank xor [12] +[0-9.]+ us +[0-9.]+ GB/s$' out)" -eq 2 ]
expect $? "exchange as text: $(cat out)"
grep -q 'all ranks are on one node' err
expect $? "a warning that the network was not measured: $(cat err)"
[ ! -e machine.json ]
expect $? "nothing is written then: $(cat machine.json 2>/dev/null)"
run 2 exchange --repeat 2 --exchange-buffer 64KiB --format json
[ "$("$json_value" workload ranks nodes message_bytes distances.0.rank_xor \
    network_latency_seconds <out | xargs)" = "exchange 2 1 16384 1 null" ]
expect $? "exchange as JSON: $(cat out)"
run 2 stream --qubits 12 --save-machine machine.json --format json
expect $? "stream: $(cat err)"
[ "$("$json_value" memory_bandwidth_bytes_per_second <<<"$(cat machine.json)")" = \
    "$("$json_value" stream_bytes_per_second <out)" ] &&
    [ "$("$json_value" gflops_per_thread <<<"$(cat machine.json)")" = \
        "$("$json_value" gflops_per_thread <out)" ]
expect $? "machine file: $(cat machine.json)"
"$json_value" vector_bytes l2_cache_bytes <<<"$(cat machine.json)" >/dev/null
expect $? "the processor in a machine file: $(cat machine.json)"
run 1 random-circuit --qubits 8 --save-machine machine.json --format json
[ "$("$json_value" gflops_per_thread <<<"$(cat machine.json)")" = \
    "$("$json_value" gflops_per_thread <out)" ]
expect $? "machine file: $(cat machine.json err)"
for ranks in 1 4; do
    run $ranks checkpoint --qubits 14 --repeat 2 --save-machine machine.json --format json
    expect $? "checkpoint on $ranks: $(cat err)"
    [ "$("$json_value" checkpoint_bandwidth_bytes_per_second <<<"$(cat machine.json)")" = \
        "$("$json_value" write_bytes_per_second <out)" ]
    expect $? "machine file: $(cat machine.json)"
    [ "$("$json_value" workload qubits ranks bytes <out | xargs)" = \
        "checkpoint 14 $ranks $((16 << 14))" ]
    expect $? "checkpoint as JSON: $(cat out)"
done
[ -z "$(find . -name 'exaket-bench*')" ]
expect $? "no file is left: $(ls)"
run 1 checkpoint --qubits 12 --repeat 1 --precision single
grep -qE '^written +[0-9.]+ s +[0-9.]+ GB/s, [0-9.]+ times' out
expect $? "checkpoint as text: $(cat out)"
run 1 kernels --qubits 14 --repeat 1
expect $? "kernels: $(cat err)"
grep -qE '^dense, 2 qubits +[0-9.]+ +[0-9.]+ +[0-9]+ % +[0-9.]+ +[0-9]+ %$' out
expect $? "kernels as text: $(cat out)"
run 1 kernels --qubits 14 --repeat 1 --precision single --format json
"$json_value" instruction_set peak_flops_per_second memory_bytes_per_second \
    kernels.0.{name,in_memory,seconds,share_of_peak,share_of_memory_bandwidth} <out >/dev/null
expect $? "kernels as JSON: $(cat out)"
run 4 weak-scaling --qubits 6 --workloads qft,gate
[ "$(cut -d, -f1,2,5 out | xargs)" = "workload,ranks,qubits qft,4,8 gate,4,8" ]
expect $? "weak scaling: $(cat out err)"
run 2 strong-scaling --qubits 8 --qft gates --format json
[ "$("$json_value" results.{0,1,2}.{workload,qubits} <out | xargs)" = \
    "qft 8 qaoa 8 random-circuit 8" ]
expect $? "strong scaling: $(cat out err)"

# ---- refusals -----------------------------------------------------------------------------------
# refuse RANKS STATUS PATTERN WORDS...: with one error line.
refuse() {
    run "$1" "${@:4}"
    local status=$?
    [ $status -eq "$2" ]
    expect $? "status of ${*:4}: $status"
    [ "$(grep -c '^exaket: error: ' err)" -eq 1 ] && grep -qE -- "$3" err
    expect $? "$1 ranks, ${*:4}: expected $3, got $(head -3 err)"
}
refuse 1 2 "no workload: expected its name"
refuse 4 2 "workload 'shor': expected one of gate, random-circuit, qft" shor
refuse 1 2 "'qft': one workload at a time" gate qft
refuse 1 2 "--qubits '0'" qft --qubits 0
refuse 1 2 "--repeat 'x'" qft --repeat x
refuse 1 2 "--precision 'half'" qft --precision half
for workload in qft exchange checkpoint kernels weak-scaling; do
    refuse 1 2 "--repeat '10001': expected a whole number from 1 to 10000" $workload --repeat 10001
done
refuse 1 2 "--layers '10001': expected a whole number from 1 to 10000" qaoa --layers 10001
"$exaket" bench --help >out
[ "$(grep -c '1 to 10000' out)" -eq 2 ]
expect $? "--help has the ranges: $(cat out)"
for workload in gate random-circuit qaoa quantum-volume vqe-ansatz pauli-sum gradient stream; do
    refuse 1 2 "Fourier transforms: $workload has none" $workload --qubits 8 --qft gates
done
refuse 4 2 "only qft transforms" kernels --qft fftw
refuse 1 2 "qft is not in the list" weak-scaling --workloads qaoa,gate --qft fftw
refuse 1 2 "only circuits have layers" checkpoint --layers 2
refuse 1 2 "only gate takes a slot" kernels --slot 2
refuse 1 2 "exchange has no state" exchange --qubits 10
refuse 4 2 "slot 12: 12 qubits have slots 0 to 11" gate --qubits 12 --slot 12
refuse 1 2 "3 layers: qft has none" qft --layers 3
refuse 1 2 "1 layer: qft has none" qft --layers 1
refuse 1 1 "60 qubits on 1 rank need .* per rank" gate --qubits 60
refuse 1 2 "--workloads '': expected one of" weak-scaling --workloads qft,
refuse 1 2 "only weak-scaling and strong-scaling take a list" qft --workloads qft
refuse 1 2 "only stream, random-circuit, exchange and checkpoint" qft --save-machine machine.json
refuse 1 2 "11 qubits on each rank: kernels take 12" kernels --qubits 11
refuse 1 1 "1 rank: messages are measured on a power of two of ranks" exchange
refuse 2 1 "cannot .*/nowhere" checkpoint --folder /nowhere
refuse 1 2 "only checkpoint makes files" qft --folder .
refuse 4 1 "60 qubits on 4 ranks need .* per rank" gate --qubits 60
refuse 4 1 "cannot write to the folder /nowhere" qft -o /nowhere/x

summarize
