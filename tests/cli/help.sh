#!/bin/bash
# Help, version and info of the program: on standard output, from one rank, with an example each.
# Usage: help.sh EXAKET MPIRUN JSON_VALUE
set -u
exaket=$1 mpirun=$2 json_value=$3
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

one_rank() { "$exaket" "$@"; }
two_ranks() { "$mpirun" --oversubscribe --bind-to none -n 2 "$exaket" "$@"; }

for command in "" bench checkpoint convert info plan qaoa run state sweep validate vqe "sweep run" "sweep plan" "sweep status" "sweep report" \
    "sweep submit" "sweep cancel" "sweep collect" "sweep retry-failed"; do
    for launch in one_rank two_ranks; do
        # shellcheck disable=SC2086  # the command is words
        text=$($launch $command --help 2>&1)
        expect $? "$launch: exaket $command --help: exit status"
        expect "$(($(grep -c "^Usage: exaket $command *\[OPTION" <<<"$text") != 1))" \
            "$launch: exaket $command --help: usage, once"
        grep -q '^Examples\?:$' <<<"$text"
        expect $? "$launch: exaket $command --help: an example"
    done
done

text=$(one_rank --version)
[[ $text =~ ^exaket\ [0-9]+\.[0-9]+\.[0-9]+\ \(.+\)$ ]]
expect $? "version: $text"
[ "$(two_ranks --version 2>/dev/null | wc -l)" -eq 1 ]
expect $? "version: one line from two ranks"

for launch in one_rank two_ranks; do
    $launch info --format json 2>/dev/null | "$json_value" version commit compiler >/dev/null
    expect $? "$launch: info as JSON"
    $launch --threads 3 --format json info 2>/dev/null | "$json_value" ranks threads_per_rank \
        cores packages numa_nodes l{1,2,3}_cache_bytes memory_{per_node,available_per_rank}_bytes \
        largest_state_qubits_{double,single} >out
    expect $? "$launch: numbers of info as JSON"
    [[ $(grep -cE '^[0-9]+$' out) -eq 12 && $(xargs <out) =~ ^[12]\ 3\  ]]
    expect $? "$launch: they are numbers"
    awk 'NR == 9 { node = $1 } NR == 10 { exit !($1 > 1e6 && $1 <= node) }' out
    expect $? "$launch: bytes are no more than the node has"
    $launch info 2>/dev/null | grep -q '^version  *[0-9]'
    expect $? "$launch: info as text"
done

summarize
