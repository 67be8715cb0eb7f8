#!/bin/bash
# Programs from the command line: JSON, text, files, inputs, and what is refused.
# Usage: run.sh EXAKET MPIRUN JSON_VALUE
set -u
exaket=$1 mpirun=$2 json_value=$3
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

# run RANKS WORDS...: exaket run, output in out and err.
run() {
    on_ranks "$1" "$exaket" run "${@:2}" >out 2>err
}

# same NAME EXPECTED GOT
same() {
    [ "$2" = "$3" ]
    expect $? "$1: expected '$2', got '$3'"
}

cat >teleport.qasm <<'END'
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3]; creg a[1]; creg b[1]; creg out[1];
ry(1.1) q[0]; h q[1]; cx q[1],q[2]; cx q[0],q[1]; h q[0];
measure q[0] -> a[0]; measure q[1] -> b[0];
if(b==1) x q[2];
if(a==1) z q[2];
ry(-1.1) q[2];
measure q[2] -> out[0];
END
cat >turn.qasm <<'END'
OPENQASM 3.0;
include "stdgates.inc";
input float theta;
qubit[3] q;
ry(theta) q[0];
cx q[0], q[2];
END
printf '# energy\n1.5 ZII\n-1 XIX\n0.25 III\n' >sum.txt

# ---- counts are the same on any number of ranks -------------------------------------------------
for ranks in 1 2 4 8; do
    run $ranks teleport.qasm --shots 500 --seed 3 --probabilities 8 --format json
    expect $? "teleport on $ranks ranks: $(cat err)"
    "$json_value" counts <out >counts.$ranks
    cmp -s counts.1 counts.$ranks
    expect $? "other counts on $ranks ranks"
    grep -q '"0 0 0"' out && ! grep -q '"1 [01] [01]"' out
    expect $? "teleportation arrives on $ranks ranks"
done
same "facts" "3 3 500 8" "$("$json_value" qubits clbits shots ranks <out | tr '\n' ' ' | sed 's/ $//')"
run 1 teleport.qasm
grep -q 'Counts of 1024 shots' out
expect $? "1024 shots by default, and a histogram"

# ---- inputs, amplitudes, expectations, files ----------------------------------------------------
for ranks in 1 2; do
    run $ranks turn.qasm --set theta=0.6 --amplitudes 0,5,1 --observable sum.txt --format json
    expect $? "turn on $ranks ranks: $(cat err)"
    grep -q '"index": 5, "bits": "101", "re": 0.2955202066' out
    expect $? "amplitude of 101 on $ranks ranks"
    grep -q '"name": "sum.txt", "value": 0.923360' out # 1.5 cos 0.6 - sin 0.6 + 0.25
    expect $? "expectation on $ranks ranks: $(grep -o '"expectations.*norm' out)"
done
run 2 turn.qasm --set theta=0.6 --save-state state.h5 -o result.h5
expect $? "saving: $(cat err)"
[ -s state.h5 ] && [ -s result.h5 ] && [ "$(ls -A | grep -c part)" -eq 0 ]
expect $? "a saved state, a saved result, and nothing half written"
run 1 turn.qasm --set theta=-0.6 --init-state state.h5 --amplitudes top:1 --format json
grep -q '"index": [04],' out # cx comes after the rotation back
expect $? "beginning in a saved state: $(cat err)"

# ---- refusals -----------------------------------------------------------------------------------
# refuse STATUS PATTERN WORDS...: on 1 and 4 ranks, one error line each.
refuse() {
    for ranks in 1 4; do
        run $ranks "${@:3}"
        same "status of ${*:3}" "$1" "$?"
        [ "$(grep -c '^exaket: error: ' err)" -eq 1 ] && grep -qE -- "$2" err
        expect $? "$ranks ranks, ${*:3}: expected $2, got $(head -3 err)"
    done
}
printf '1 ZI\n' >short.txt
printf 'OPENQASM 2.0;\nqreg q[2];\nqreg q[3];\n' >twice.qasm
refuse 2 "no program: expected a FILE"
refuse 2 "'b.qasm': one program at a time" a.qasm b.qasm
refuse 1 "absent.qasm.*No such file" absent.qasm
refuse 1 "twice.qasm:3:6:" twice.qasm
refuse 2 "--shots '-1'" turn.qasm --shots -1
refuse 2 "--amplitudes 'x'" turn.qasm --amplitudes x
refuse 2 "--amplitudes top '0'" turn.qasm --amplitudes top:0
refuse 2 "--set 'theta'" turn.qasm --set theta
refuse 2 "input theta is not set" turn.qasm
refuse 2 "no input is called 'phi'; there are: theta" turn.qasm --set phi=1
refuse 2 "basis state 8 does not exist" turn.qasm --set theta=1 --amplitudes 8
refuse 1 "short.txt:1:3: expected 3 letters" turn.qasm --set theta=1 --observable short.txt
refuse 2 "basis state 9 does not exist on 3 qubits" teleport.qasm --amplitudes 0,9 # before a run
refuse 2 "it depends on the outcomes" teleport.qasm --amplitudes 0
refuse 1 "sum.txt is no HDF5 file" turn.qasm --set theta=1 --init-state sum.txt
refuse 1 "cannot write to the folder /nowhere" turn.qasm --set theta=1 --save-state /nowhere/x.h5

for ranks in 1 2; do # nobody takes a branch, so that no state of the end is there to be checked
    run $ranks teleport.qasm --shots 0 --format json
    expect $? "branches without shots"
    same "their norm" null "$("$json_value" norm <out)"
done

summarize
