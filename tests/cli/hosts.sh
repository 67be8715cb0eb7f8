#!/bin/bash
# Runs over four hosts, which are network namespaces of this machine: each a node of its own, the
# same results as on one rank, a checkpoint that one rank goes on from, and with "all" a link that is
# cut and a rank that hangs. Needs root.
# Usage: hosts.sh EXAKET SAME_STATE HOSTS some|all   (HOSTS: scripts/hosts.sh)
set -u
exaket=$1 same_state=$2 amount=$4
# shellcheck source=../../scripts/hosts.sh
. "$3"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
with_grace
trap 'hosts_end; rm -rf "$work"' EXIT
mkdir hosts
if ! hosts_begin hosts 4 2>err; then
    echo "skipped: no hosts in network namespaces here: $(tail -1 err)"
    exit 77
fi

run() { on_hosts 1 -x OMP_NUM_THREADS "${mca[@]}" "$exaket" "$@" >out 2>err </dev/null; }
mca=()

cat >long.qasm <<'END'
OPENQASM 3.0;
include "stdgates.inc";
qubit[14] q;
for int r in [1:6] {
  for int i in [0:13] { rx(0.1*i+0.3*r) q[i]; }
  for int i in [0:12] { cx q[i], q[i+1]; }
  for int i in [0:13] { ry(0.2*i+r) q[i]; }
}
END

# ---- four nodes that share nothing, and what one rank gives ---------------------------------------
"$exaket" run long.qasm --save-state good.h5 --shots 0 >out 2>err
expect $? "one rank"
run run long.qasm --save-state done.h5 --checkpoint run.ckpt --checkpoint-every 0.001 --shots 0 \
    --format json
expect $? "four hosts"
grep -qE '"bytes_sent": [1-9]' out
expect $? "four hosts: messages, no shared memory: $(cat out)"
"$same_state" good.h5 done.h5 >deviation 2>>err
expect $? "four hosts: the same state: deviation $(cat deviation)"
run run long.qasm --checkpoint run.ckpt --max-time 0.001 --shots 0
expect "$(($? != 75))" "four hosts: stopped with a checkpoint"
rm -f done.h5
"$exaket" run long.qasm --checkpoint run.ckpt --resume --save-state done.h5 --shots 0 >out 2>err
expect $? "one rank goes on"
"$same_state" good.h5 done.h5 >deviation 2>>err
expect $? "one rank goes on to the same state: deviation $(cat deviation)"

# ---- what breaks ------------------------------------------------------------------------------------

# disturb NAME COMMAND... : a run over slow links, with the watchdog's words, that something befalls;
# it ends within 20 seconds.
disturb() {
    local began runner status
    hosts_shape 10mbit
    run run slow.qasm --shots 0 "${watchdog[@]}" &
    runner=$!
    sleep 5
    kill -0 $runner
    expect $? "$1: still runs when it befalls"
    began=$SECONDS
    "${@:2}"
    wait $runner
    status=$?
    [ $status -ne 0 ] && [ $((SECONDS - began)) -le 20 ]
    expect $? "$1: exit status $status after $((SECONDS - began)) s"
    echo "$1: exit status $status after $((SECONDS - began)) s"
    for host in 0 1 2 3; do
        for process in $(hosts_processes $host exaket); do kill -KILL "$process"; done
    done
}
stop_rank_2() { kill -STOP "$(hosts_processes 2 exaket)"; }

if [ "$amount" = all ]; then
    sed 's/14/20/; s/13/19/g; s/12/18/; s/:6/:40/' long.qasm >slow.qasm
    mca=(--mca oob_tcp_keepalive_time 3 --mca oob_tcp_keepalive_intvl 1
        --mca oob_tcp_keepalive_probes 3)
    watchdog=()
    disturb "a cut link" hosts_cut 2
    hosts_join 2
    watchdog=(--watchdog 3)
    disturb "a stopped rank" stop_rank_2
    grep -q '^exaket: error: rank 2 on host host2 has been silent' err
    expect $? "a stopped rank: its name and its host's"
fi

summarize
