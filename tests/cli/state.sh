#!/bin/bash
# Saved states from the command line: the same answers on any number of ranks, and what is refused.
# Usage: state.sh EXAKET MPIRUN JSON_VALUE
set -u
exaket=$1 mpirun=$2 json_value=$3
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

# state RANKS WORDS...: exaket state, output in out and err; zeros have no sign.
state() {
    on_ranks "$1" "$exaket" state "${@:2}" >raw 2>err
    local status=$?
    sed -E 's/[-+](0\.0+)(i| |$)/ \1\2/g' raw >out
    return $status
}

# has NAME LINE: the output has this line.
has() {
    grep -qxF -- "$2" out
    expect $? "$1: no line '$2' in: $(cat out err)"
}

# cos 0.3 |00> + sin 0.3 |11> on qubits 0 and 1, (|0> + e^(i pi/4) |1>)/sqrt 2 on 2, |01> on 3, 4.
for angle in 0.6 0.8; do
    cat >turn.qasm <<END
OPENQASM 2.0;
include "qelib1.inc";
qreg q[5];
ry($angle) q[0]; cx q[0], q[1];
h q[2]; t q[2];
x q[3];
id q[4];
END
    "$exaket" run turn.qasm --save-state $angle.h5 >/dev/null 2>err
    expect $? "saving a state: $(cat err)"
done
printf 'OPENQASM 2.0;\nqreg q[2];\nU(0,0,0) q[0];\n' >two.qasm
"$exaket" run two.qasm --save-state two.h5 >/dev/null 2>err
expect $? "saving a small state: $(cat err)"

# ---- answers ------------------------------------------------------------------------------------
for ranks in 1 2 3 4 8; do
    state $ranks 0.6.h5 --amplitudes 8,15 --marginal 1,2 --density 2 --entropy 0,3 --entropy 2 \
        --bloch --fidelity 0.8.h5
    expect $? "answers on $ranks ranks: $(cat err)"
    cp out out.$ranks
    cmp -s out.1 out.$ranks
    expect $? "other answers on $ranks ranks: $(diff out.1 out.$ranks)"
done
has norm "norm 1.000000000000"
has amplitude "  01000  +0.675524909776  0.000000000000i  0.456333903727  ##############################"
has amplitude "  01111  +0.147760103331 +0.147760103331i  0.043666096273  ###"
has marginal "  00  0.456333903727  ##############################"
has marginal "  11  0.043666096273  ###"
has density "  +0.353553 +0.353553i  +0.500000  0.000000i"
has "entropy of entangled qubits" "Entanglement entropy of qubits 0, 3: 0.427501771056 bits"
has "entropy of a free qubit" "Entanglement entropy of qubit 2: 0.000000000000 bits"
has "Bloch vector" "   0   0.000000000000   0.000000000000  +0.825335614910  0.825335614910"
has "Bloch vector" "   2  +0.707106781187  +0.707106781187   0.000000000000  1.000000000000"
has "Bloch vector" "   3   0.000000000000   0.000000000000  -1.000000000000  1.000000000000"
has fidelity "With 0.8.h5: inner product +0.995004165278  0.000000000000i, fidelity 0.990033288921"

state 2 0.6.h5 --amplitudes top:2 --marginal 3 --density 0,1 --format json
expect $? "JSON: $(cat err)"
grep -q '"index": 8, "bits": "01000"' raw && grep -q '"probabilities": \[0.0, ' raw
expect $? "amplitudes and marginals as JSON: $(cat raw)"
[ "$("$json_value" qubits ranks precision checksums <raw | tr '\n' ' ')" = '5 2 "double" true ' ]
expect $? "facts as JSON: $("$json_value" qubits ranks precision checksums <raw)"
state 4 two.h5
has "a state smaller than the ranks" "  00  +1.000000000000  0.000000000000i  1.000000000000  ##############################"
state 2 0.6.h5 --density 0,1,2,3,4 --marginal 4,0 --bloch --amplitudes 1 -o answers.h5
expect $? "answers as HDF5: $(cat err)"
[ "$(head -c 4 answers.h5 | tail -c 3)" = HDF ]
expect $? "answers as HDF5"

# ---- refusals -----------------------------------------------------------------------------------
# refuse STATUS PATTERN WORDS...: on 1 and 4 ranks, one error line each.
refuse() {
    for ranks in 1 4; do
        state $ranks "${@:3}"
        local status=$?
        [ "$status" -eq "$1" ]
        expect $? "status of ${*:3}: $status"
        [ "$(grep -c '^exaket: error: ' err)" -eq 1 ] && grep -qE -- "$2" err && [ ! -s raw ] &&
            ! grep -q mca_fbtl err
        expect $? "$ranks ranks, ${*:3}: expected $2, got $(head -3 err)"
    done
}
head -c 3000 0.6.h5 >short.h5
mkdir folder
mkfifo pipe
# The amplitudes of two.h5 are 1, 0, 0, 0; now -1, 0, 0, 0.
offset=$(LC_ALL=C grep -aboP '\x00{6}\xf0\x3f\x00{56}' two.h5 | head -1 | cut -d: -f1)
cp two.h5 flipped.h5
printf '\xbf' | dd of=flipped.h5 bs=1 seek=$((offset + 7)) conv=notrunc 2>/dev/null
refuse 2 "no state: expected a FILE"
refuse 2 "'0.8.h5': one state at a time" 0.6.h5 0.8.h5
refuse 1 "cannot read absent.h5: No such file" absent.h5
refuse 1 "folder is a directory, expected a file" folder
refuse 1 "pipe is a pipe or device, expected a file" 0.6.h5 --fidelity pipe
refuse 1 "turn.qasm is no HDF5 file" turn.qasm
refuse 1 "short.h5 is no HDF5 file, or a damaged one" short.h5
refuse 1 "answers.h5 is no saved state" answers.h5
refuse 1 "flipped.h5 is damaged: amplitudes 0 to 3 do not give their checksum" flipped.h5
refuse 2 "basis state 32 does not exist on 5 qubits" 0.6.h5 --amplitudes 32
refuse 2 "qubit 5 is not one of the state's 0 to 4" 0.6.h5 --entropy 0,5
refuse 2 "qubit 1 is named twice" 0.6.h5 --marginal 1,1
refuse 2 "--marginal '0,1.5': 1.5 is no qubit" 0.6.h5 --marginal 0,1.5
refuse 2 "--marginal '99': 99 is no qubit, expected a whole number from 0 to 61" 0.6.h5 \
    --marginal 99
refuse 2 "--density '0,.*at most 12 qubits" 0.6.h5 --density 0,1,2,3,4,5,6,7,8,9,10,11,12
refuse 2 "more than 8 qubits: write it with --output FILE.h5" 0.6.h5 --density 0,1,2,3,4,5,6,7,8
refuse 1 "0.6.h5 has 5 qubits and two.h5 has 2" 0.6.h5 --fidelity two.h5
refuse 1 "cannot read absent.h5" 0.6.h5 --fidelity absent.h5
refuse 1 "cannot write to the folder /nowhere" 0.6.h5 -o /nowhere/x.h5

summarize
