# shellcheck shell=bash
# What the scripts of this folder share; read before anything else is done: MPI for root and for more
# ranks than cores, an empty folder to work in, and checks that are counted.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
export OMPI_MCA_mpi_yield_when_idle=1
# When a rank has failed, mpirun gives the others a second or two before it kills them. Here all end by
# themselves, but where a test kills ranks: what the others do in that time is what happens to users.
export OMPI_MCA_odls_base_sigkill_timeout=0
with_grace() { unset OMPI_MCA_odls_base_sigkill_timeout; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
checks=0 failures=0

# expect STATUS NAME [FILES]: counts a check; when it failed, says so and shows what was printed.
expect() {
    checks=$((checks + 1))
    [ "$1" -eq 0 ] && return
    echo "FAILED: $2"
    tail -n 20 out err "${@:3}" 2>/dev/null | sed 's/^/    /'
    failures=$((failures + 1))
}

# on_ranks RANKS WORDS...: the words as a command on so many ranks. One starts alone: mpirun takes two
# seconds to notice that one rank alone has failed.
on_ranks() {
    if [ "$1" -eq 1 ]; then
        "${@:2}" </dev/null
    else
        "$mpirun" --oversubscribe --bind-to none -n "$1" "${@:2}" </dev/null
    fi
}

# The last line of a script.
summarize() {
    echo "$checks checks, $failures failed"
    [ "$failures" -eq 0 ]
}
