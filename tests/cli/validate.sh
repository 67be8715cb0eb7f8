#!/bin/bash
# Validation from the command line: what passes, as text and as JSON; what a planted fault gives;
# and what is refused.
# Usage: validate.sh EXAKET MPIRUN JSON_VALUE PLANT_FAULT
set -u
exaket=$1 mpirun=$2 json_value=$3 plant_fault=$4
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

# run RANKS WORDS...: exaket validate, output in out and err.
launch=()
run() { on_ranks "$1" "${launch[@]}" "$exaket" validate "${@:2}" >out 2>err; }

# ---- what is sound passes -----------------------------------------------------------------------
for ranks in 1 2 4; do
    run $ranks --qubits 11 --format json
    expect $? "$ranks ranks: $(cat err)"
    [ "$("$json_value" passed qubits ranks precision threads_per_rank <out | xargs)" = \
        "true 11 $ranks double 1" ]
    expect $? "$ranks ranks: facts in $(cat out)"
    [ "$("$json_value" checks.{0..7}.{name,passed} <out | xargs)" = "messages true local-turns \
true local-mirror true spins true qft true qft-inverse true adder true mirror true" ]
    expect $? "$ranks ranks: checks in $(cat out)"
    last=$((ranks - 1))
    "$json_value" tolerance {state,peak_rss}_bytes_per_rank small_page_ranks median_stream_bytes_per_second slow_ranks \
        checks.7.{error,deviation,seconds} per_rank.$last.host per_rank.$last.slow \
        per_rank.$last.{stream,message}_bytes_per_second \
        per_rank.$last.{errors,seconds}.adder <out >/dev/null
    expect $? "$ranks ranks: keys in $(cat out)"
done
run 2 --qubits 9 --precision single --output report.txt --watchdog 60
expect $? "text: $(cat err)"
[ "$(grep -cE '^[a-z-]+ +passed .*error .*norm ' report.txt)" -eq 8 ] &&
    grep -q "^9 qubits, single precision, 2 ranks x 1 thread, " report.txt &&
    grep -q "^0 of 8 checks failed" report.txt && grep -qE "^ +1  $(hostname)" report.txt
expect $? "text: $(cat report.txt)"

# ---- what is not does not -----------------------------------------------------------------------
launch=(env PLANT_RANK=0 LD_PRELOAD="$plant_fault")
run 1 --qubits 8 --format json
[ $? -eq 1 ] && [ "$("$json_value" passed checks.{0..2}.passed checks.1.wrong_ranks.0 <out |
    xargs)" = "false true false true 0" ]
expect $? "wrong rank: $(cat out err)"
launch=(env PLANT_RANK=1 LD_PRELOAD="$plant_fault")
run 2 --qubits 8
[ $? -eq 1 ] && grep -qE "^messages +FAILED .* wrong on rank 0 .* from rank 1 " out &&
    grep -q "^1 of 8 checks failed" out
expect $? "wrong message: $(cat out err)"
launch=()

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
refuse 1 2 "--qubits '3': expected a whole number from 4 to 62" --qubits 3
refuse 1 2 "--qubits 'x'" --qubits x
refuse 1 2 "--precision 'half'" --precision half
refuse 1 2 "'now': validate takes no words" now
refuse 1 1 "62 qubits on 1 rank need .* per rank" --qubits 62
refuse 1 1 "cannot write to the folder /nowhere" --qubits 8 -o /nowhere/x

summarize
