# shellcheck shell=bash
# Sourced: hosts that are network, UTS, IPC and mount namespaces of this machine, each on a port of
# one switch, so that mpirun takes them for machines of their own. Needs root. hosts_begin first; on
# exit hosts_end.

# hosts_begin FOLDER COUNT: host0, host1, ... FOLDER is the path of an empty one of the caller's.
hosts_begin() {
    local program host
    hosts_folder=$(realpath "$1") hosts_count=$2 hosts_pids=()
    [ "$(id -u)" -eq 0 ] || { echo "network namespaces need root" >&2; return 1; }
    for program in setpriv unshare nsenter ip tc mpirun; do
        command -v $program >/dev/null || { echo "$program is not there" >&2; return 1; }
    done
    echo "127.0.0.1 localhost" >"$hosts_folder/hosts"
    for ((host = 0; host < hosts_count; host++)); do
        echo "10.77.0.$((host + 1)) host$host" >>"$hosts_folder/hosts"
    done
    cat >"$hosts_folder/agent" <<END
#!/bin/sh
host=\$1
shift
exec nsenter -n -u -i -m -t "\$(cat "$hosts_folder/\$host.pid")" sh -c "\$*"
END
    chmod +x "$hosts_folder/agent"
    hosts_hold switch || { echo "network namespaces are not allowed here" >&2; return 1; }
    hosts_enter switch ip link add name bridge0 type bridge &&
        hosts_enter switch ip link set bridge0 up || return
    for ((host = 0; host < hosts_count; host++)); do
        hosts_hold host$host && hosts_connect $host || return
    done
}

# A process that keeps the namespaces of a name, and ends with the script.
hosts_hold() {
    local waited
    setpriv --pdeathsig KILL unshare -n -u -i -m sh -c \
        "hostname $1 && mount --bind $hosts_folder/hosts /etc/hosts &&
         echo \$\$ >$hosts_folder/$1.pid && exec sleep infinity" &
    hosts_pids+=($!)
    for ((waited = 0; waited < 100; waited++)); do
        [ -s "$hosts_folder/$1.pid" ] && return
        kill -0 $! 2>/dev/null || return
        sleep 0.05
    done
    return 1
}

# hosts_enter NAME COMMAND...
hosts_enter() { nsenter -n -u -i -m -t "$(cat "$hosts_folder/$1.pid")" "${@:2}"; }

hosts_connect() {
    hosts_enter switch ip link add name port"$1" type veth peer name eth0 \
        netns "$(cat "$hosts_folder/host$1.pid")" &&
        hosts_enter switch ip link set port"$1" master bridge0 &&
        hosts_enter switch ip link set port"$1" up &&
        hosts_enter host"$1" ip address add 10.77.0.$(($1 + 1))/24 dev eth0 &&
        hosts_enter host"$1" ip link set eth0 up &&
        hosts_enter host"$1" ip link set lo up
}

# hosts_shape RATE: what each host may send, such as 200mbit.
hosts_shape() {
    local host
    for ((host = 0; host < hosts_count; host++)); do
        hosts_enter host$host tc qdisc replace dev eth0 root tbf rate "$1" burst 128kb latency 50ms
    done
}

# hosts_cut HOST, hosts_join HOST: the number of one.
hosts_cut() { hosts_enter switch ip link set port"$1" down; }
hosts_join() { hosts_enter switch ip link set port"$1" up; }

# on_hosts RANKS_PER_HOST WORDS...: mpirun on all hosts, with the options and the program in WORDS.
on_hosts() {
    local host list=
    for ((host = 0; host < hosts_count; host++)); do list=$list,host$host:$1; done
    hosts_enter host0 mpirun -np $(($1 * hosts_count)) -H "${list#,}" --bind-to none \
        --wdir "$PWD" \
        --mca plm_rsh_agent "$hosts_folder/agent" --mca plm_rsh_no_tree_spawn 1 \
        --mca oob_tcp_if_include eth0 --mca btl_tcp_if_include eth0 "${@:2}"
}

# hosts_processes HOST NAME: numbers of the processes of a program on the host of that number.
hosts_processes() {
    local process space
    space=$(readlink "/proc/$(cat "$hosts_folder/host$1.pid")/ns/uts")
    for process in $(pgrep -x "$2"); do
        [ "$(readlink "/proc/$process/ns/uts")" = "$space" ] && echo "$process"
    done
}

hosts_end() {
    [ ${#hosts_pids[@]} -eq 0 ] || { kill -KILL "${hosts_pids[@]}"; wait "${hosts_pids[@]}"; } 2>/dev/null
    hosts_pids=()
}
