#!/bin/sh
# Makes the files of bad_input.sh, some good and most bad, in a new folder.
# Usage: bad_files.sh FOLDER
set -eu
mkdir "$1" && cd "$1"

# file NAME LINES...
file() {
    name=$1
    shift
    [ $# -eq 0 ] && : >"$name" || printf '%s\n' "$@" >"$name"
}

mkdir folder
ln -s nowhere dangling.txt
file secret.txt "0 1" && chmod 000 secret.txt
file empty.txt
head -c 4096 /dev/zero | tr '\0' '\377' >binary.txt

file triangle.txt "0 1" "1 2" "2 0"
file words.txt "0 1" "one two"
file loop.txt "0 1" "2 2"
file negative.txt "0 -1"
file weight.txt "0 1 nan"
file tail.txt "0 1 2 3"
file large.txt "0 62" "1 2"

file ring.gset "4 4" "1 2 1" "2 3 1" "3 4 1" "4 1 1"
file short.gset "4 4" "1 2 1" "2 3 1"
file range.gset "4 2" "1 2 1" "3 5 1"
file early.dimacs "e 1 2" "p edge 3 1"
file range.dimacs "p edge 3 2" "e 1 4" "e 1 2"

file bad.qubo "c fine so far" "p qubo 0 3 1 1" "0 zero 1" "0 1 2"
file bad.ising "0 1 -1" "0 1 2 3 4"
file bad.numbers "3, 5, seven"
file portfolio.csv "0.1,0.2,0.15" "1,0.1,0.2" "0.1,1,0.3" "0.2,0.3,1"
file ragged.csv "0.1,0.2,0.15" "1,0.1,0.2" "0.1,1" "0.2,0.3,1"
file skew.csv "0.1,0.2" "1,0.1" "0.9,1"

spec() { # spec NAME: the lines of a good sweep, the rest from the standard input
    {
        echo "name: bad"
        echo "output: results"
        echo "problem:"
        echo "  files: [triangle.txt]"
        cat
    } >"$1"
}
spec spec.yaml </dev/null
echo "algorithm: {colour: blue}" | spec key.yaml
echo "algorithm: {layers: many}" | spec type.yaml
chain="name: t\noutput: out\nproblem: {generate: [{family: tfim, spins: 5}], kind: hamiltonian}"
printf '%b\nalgorithm: {name: vqe, initial_state: foo}\n' "$chain" >state.yaml
printf '%b\nalgorithm: {name: vqe, initial_state: "01"}\n' "$chain" >bits.yaml
echo "algorithm: {layers: 2" | spec broken.yaml
echo "algorithm: {layers: 0}" | spec range.yaml
