#!/bin/bash
# Every kind of bad input gives exactly one error line, the right exit status, within two seconds
# beyond the launcher's own start, and leaves no file behind.
# Usage: bad_input.sh EXAKET MPIRUN RANKS some|all
set -u
exaket=$1 mpirun=$2 ranks=$3 amount=$4
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
export OMPI_MCA_mpi_yield_when_idle=1
cd "$work" || exit 1
"$here/bad_files.sh" in || exit 1
kinds=0 failures=0 limits=()

now() { date +%s%N; }

# launch RANKS WORDS...: output in out and err, sets `status` and `milliseconds`.
launch() {
    local ranks=$1 began
    shift
    began=$(now)
    if [ "$ranks" -eq 1 ]; then
        timeout 60 "$exaket" "$@" >out 2>err </dev/null
    else
        timeout 60 "$mpirun" --oversubscribe --bind-to none -n "$ranks" "$exaket" "$@" \
            >out 2>err </dev/null
    fi
    status=$?
    milliseconds=$((($(now) - began) / 1000000))
}

complain() {
    echo "FAILED ($*) on $used ranks: exaket ${words[*]}"
    sed 's/^/    /' err
    failures=$((failures + 1))
}

# check STATUS PATTERN: what the last launch must have done.
check() {
    local lines
    kinds=$((kinds + 1))
    lines=$(grep -c '^exaket: error: ' err)
    if [ "$status" -ne "$1" ]; then complain "status $status, expected $1"
    elif [ "$lines" -ne 1 ]; then complain "$lines error lines, expected 1"
    elif [ "$used" -eq 1 ] && [ "$(wc -l <err)" -ne 1 ]; then complain "more than the error line"
    elif ! grep '^exaket: error: ' err | grep -qE -- "$2"; then complain "expected to read: $2"
    elif [ -s out ]; then complain "something on the standard output"
    elif [ "$milliseconds" -gt "$limit" ]; then complain "$milliseconds ms, limit $limit"
    elif [ "$(find . | LC_ALL=C sort | cksum)" != "$before" ]; then
        complain "files left behind: $(find . -newer stamp | tr '\n' ' ')"
    fi
}

# Two seconds, and what this machine takes to start and end a job of as many ranks, twice.
find_limit() {
    if [ -z "${limits[$used]-}" ]; then
        launch "$used" info
        limits[used]=$((2000 + 2 * milliseconds))
    fi
    limit=${limits[$used]}
}

# on RANKS STATUS PATTERN WORDS...: for what only happens on that many ranks.
on() {
    words=("${@:4}") used=$1
    find_limit
    launch "$used" "${words[@]}"
    # A machine that is busy with something else is not slow each time.
    for _ in 1 2 3; do
        if [ "$milliseconds" -gt "$limit" ]; then launch "$used" "${words[@]}"; fi
    done
    check "$2" "$3"
}

# bad STATUS PATTERN WORDS...: the command line is read before ranks meet, so that on several of
# them one in four of its mistakes will do.
usage=0
bad() {
    if [ "$section" = usage ] && [ "$ranks" -gt 1 ] && [ "$amount" = some ]; then
        ((usage++ % 4)) && return
    fi
    on "$ranks" "$@"
}

touch out err stamp
before=$(find . | LC_ALL=C sort | cksum)

# ---- usage --------------------------------------------------------------------------------------
section=usage graph=in/triangle.txt
bad 2 "no command: expected"
bad 2 "no command 'quaoa': expected" quaoa $graph
bad 2 "unrecognized option '--frobnicate'" --frobnicate
bad 2 "unrecognized option '--frobnicate'" qaoa $graph --frobnicate
bad 2 "invalid option -- 'Z'" qaoa $graph -Z
bad 2 "option '--layers' requires an argument" qaoa $graph --layers
bad 2 "option '--s.*' is ambiguous" qaoa $graph --s 3
bad 2 "no problem: expected a FILE" qaoa
bad 2 "'in/ring.gset': one problem at a time" qaoa $graph in/ring.gset
bad 2 "--layers '0': expected a whole number" qaoa $graph --layers 0
bad 2 "--layers '-1': expected a whole number" qaoa $graph --layers -1
bad 2 "--layers '2x': expected a whole number" qaoa $graph --layers 2x
bad 2 "--layers '99999999999999999999'" qaoa $graph --layers 99999999999999999999
bad 2 "--gamma and --beta go together" qaoa $graph --gamma 0.5
bad 2 "--gamma has 2 numbers, --beta has 1" qaoa $graph --gamma 1,2 --beta 3
bad 2 "--layers is 3, but" qaoa $graph --gamma 1,2 --beta 3,4 --layers 3
bad 2 "--gamma '1,,2': expected numbers" qaoa $graph --gamma 1,,2 --beta 1,2
bad 2 "--gamma '': expected numbers" qaoa $graph --gamma "" --beta 1
bad 2 "--beta 'nan': expected numbers" qaoa $graph --gamma 1 --beta nan
bad 2 "--beta 'inf': expected numbers" qaoa $graph --gamma 1 --beta inf
bad 2 "--mixer 'y': expected one of x, grover" qaoa $graph --mixer y
bad 2 "optimi[sz]er.*(gradient-descent|bobyqa)" qaoa $graph --optimizer gradient-descent
bad 2 "--problem 'tsp': expected one of maxcut" qaoa $graph --problem tsp
bad 2 "--input 'xml': expected one of auto" qaoa $graph --input xml
bad 2 "--precision 'half': expected one of" qaoa $graph --precision half
bad 2 "--format 'xml': expected one of text, json" qaoa $graph --format xml
bad 2 "--threads '0': expected a whole number" qaoa $graph --threads 0
bad 2 "--threads '5000': expected a whole number" info --threads 5000
bad 2 "--exchange-buffer '3': at least 64" qaoa $graph --exchange-buffer 3
bad 2 "--exchange-buffer 'big': expected bytes" qaoa $graph --exchange-buffer big
bad 2 "--exchange-buffer '99999999999G': expected bytes" info --exchange-buffer 99999999999G
bad 2 "--vertices '63': expected a whole number from 1 to 62" qaoa $graph --vertices 63
bad 2 "--shots '0': expected a whole number" qaoa $graph --shots 0
bad 2 "--seed '-1': expected a whole number" qaoa $graph --seed -1
bad 2 "--starts '0': expected a whole number" qaoa $graph --starts 0
bad 2 "--max-evaluations '0': expected" qaoa $graph --max-evaluations 0
bad 2 "--watchdog '0.5': expected at least 1 second" qaoa $graph --watchdog 0.5
bad 2 "--budget '0': hold at least 1" qaoa in/portfolio.csv --problem portfolio --budget 0
bad 2 "--risk-aversion 'high': expected a number" qaoa in/portfolio.csv --risk-aversion high
bad 2 "'more': info takes no words" info more
bad 2 "expected run, plan, status, report, submit" sweep
bad 2 "no command 'sweep walk'" sweep walk
bad 2 "no spec: expected" sweep run
bad 2 "'b.yaml': one spec at a time" sweep run a.yaml b.yaml
bad 2 "--set 'p': expected KEY=VALUE" sweep run in/spec.yaml --set p
bad 2 "--ranks-per-point '3': expected a power of two" sweep run in/spec.yaml --ranks-per-point 3
bad 2 "--on-error 'maybe': expected one of" sweep run in/spec.yaml --on-error maybe
bad 2 "--force: nothing begins" sweep collect in/spec.yaml --force
bad 2 "--part '4/4': expected K/N" sweep run in/spec.yaml --part 4/4
bad 2 "no spec: expected" sweep submit
bad 2 "--time '10 h': expected minutes" sweep submit in/spec.yaml --time "10 h"
bad 2 "--sbatch 'physics': expected an option" sweep submit in/spec.yaml --sbatch physics
bad 1 "in/key.yaml:5:[0-9]+:.*colour" sweep submit in/key.yaml
bad 1 "was not submitted by" sweep retry-failed in/folder
bad 1 "no job of in/folder is known" sweep cancel in/folder
bad 2 "no folder: expected" sweep status
bad 2 "'b': one folder at a time" sweep status a b
bad 2 "a report is text" sweep report a --format json

# ---- problems -----------------------------------------------------------------------------------
section=files
bad 1 "in/absent.txt.*No such file" qaoa in/absent.txt
bad 1 "in/folder.*(directory|folder)" qaoa in/folder
bad 1 "in/triangle.txt/x.*Not a directory" qaoa in/triangle.txt/x
bad 1 "in/dangling.txt.*No such file" qaoa in/dangling.txt
if [ "$(id -u)" -ne 0 ]; then bad 1 "in/secret.txt.*Permission denied" qaoa in/secret.txt; fi
bad 1 "in/empty.txt" qaoa in/empty.txt
bad 1 "in/binary.txt:1" qaoa in/binary.txt
bad 1 "in/words.txt:2:1: " qaoa in/words.txt
bad 1 "in/loop.txt:2:" qaoa in/loop.txt
bad 1 "in/negative.txt:1:" qaoa in/negative.txt
bad 1 "in/weight.txt:1:5: " qaoa in/weight.txt
bad 1 "in/tail.txt:1:" qaoa in/tail.txt
bad 1 "in/large.txt.*62" qaoa in/large.txt
bad 1 "in/short.gset:" qaoa in/short.gset --input gset
bad 1 "in/range.gset:3:" qaoa in/range.gset --input gset
bad 1 "in/ring.gset:" qaoa in/ring.gset --input dimacs
bad 1 "in/early.dimacs:1:" qaoa in/early.dimacs
bad 1 "in/range.dimacs:2:" qaoa in/range.dimacs
bad 1 "in/triangle.txt:2:3:" qaoa in/triangle.txt --input edges --vertices 2
bad 1 "in/bad.qubo:3:" qaoa in/bad.qubo --problem qubo
bad 1 "in/triangle.txt:1:" qaoa $graph --problem qubo
bad 1 "in/bad.ising:2:" qaoa in/bad.ising --problem ising
bad 1 "in/bad.numbers:1:" qaoa in/bad.numbers --problem partition
bad 1 "in/ragged.csv:3:" qaoa in/ragged.csv --problem portfolio
bad 1 "in/skew.csv" qaoa in/skew.csv --problem portfolio
bad 2 "budget of 9 assets" qaoa in/portfolio.csv --problem portfolio --budget 9 --mixer xy-ring
bad 2 "named:dodo|dodo" qaoa named:dodo
bad 2 "regular:5:3:1|5 vertices|even" qaoa regular:5:3:1
bad 2 "er:8|er:N:P" qaoa er:8
bad 2 "0 elements" qaoa labs:0
bad 2 "'named:petersen' says itself .* number of vertices, 12," qaoa named:petersen --vertices 12
bad 2 "'in/ring.gset' is read as gset,.* number of vertices, 12," qaoa in/ring.gset --vertices 12
bad 2 "'in/bad.ising' is read as ising, .* 12," qaoa in/bad.ising --problem ising --vertices 12
bad 2 "--budget is for --problem portfolio" qaoa $graph --budget 2
bad 2 "--risk-aversion is for --problem portfolio" qaoa in/x.qubo --problem qubo --risk-aversion 0.1
bad 2 "--input is for graphs, of --problem maxcut" plan in/x.ising --problem ising --input gset
bad 1 "GiB|TiB" qaoa named:ring-50 --no-optimum
bad 2 "mixer|weight" qaoa in/portfolio.csv --problem portfolio --budget 2
bad 2 "xy|weight" qaoa $graph --mixer xy-ring
bad 2 "warm|01" qaoa $graph --warm-start 0101
bad 2 "warm|012" qaoa $graph --warm-start 012
bad 1 "absent: No such file" qaoa $graph -o absent/result.txt
bad 1 "in/folder is a folder" qaoa $graph -o in/folder

# ---- sweeps -------------------------------------------------------------------------------------
bad 1 "in/absent.yaml" sweep run in/absent.yaml
bad 1 "in/folder" sweep run in/folder
bad 1 "in/broken.yaml:[0-9]+:[0-9]+:" sweep run in/broken.yaml
bad 1 "in/key.yaml:5:[0-9]+:.*colour" sweep run in/key.yaml
bad 1 "in/type.yaml:5:[0-9]+:.*'many'" sweep plan in/type.yaml
bad 1 "in/range.yaml:5:[0-9]+:.*layers is 0" sweep plan in/range.yaml
bad 1 "in/empty.txt" sweep run in/empty.txt
bad 1 "in/state.yaml:4:39: initial state 'foo': expected zero" sweep plan in/state.yaml
bad 1 "in/bits.yaml:4:39: tfim-n5.*: initial state '01' is for 2 qubits, not 5" sweep run in/bits.yaml
bad 1 "in/bits.yaml:4:39: tfim-n5.*: initial state '01' is for 2 qubits, not 5" plan in/bits.yaml
bad 2 "--set .*: initial state singlets takes an even number of qubits, not 5" sweep plan in/bits.yaml \
    --set algorithm.initial_state=singlets
bad 2 "colour" sweep run in/spec.yaml --set algorithm.colour=blue
bad 2 "layers|many" sweep plan in/spec.yaml --set algorithm.layers=many
bad 1 "in/triangle.txt" sweep run in/spec.yaml -o in/triangle.txt/results
bad 1 "absent" sweep status absent
bad 1 "in/folder" sweep status in/folder
bad 1 "in/folder is not the output folder of a sweep" sweep report in/folder

# ---- ranks --------------------------------------------------------------------------------------
if [ "$ranks" -gt 1 ]; then
    on 3 1 "3 ranks.*power of two|power of two.*3" qaoa $graph
    on 8 1 "8 ranks|qubit" qaoa named:ring-3
    bad 1 "ranks" sweep run in/spec.yaml --ranks-per-point 64
else
    EXAKET_ISA=foo bad 2 "EXAKET_ISA is 'foo', but this processor has" plan named:petersen
    SLURM_NTASKS=4 bad 1 "SLURM_NTASKS says 4 ranks" info
fi


# ---- environment --------------------------------------------------------------------------------
EXAKET_ISA=AVX2 bad 2 "EXAKET_ISA is 'AVX2', but this processor has .*baseline: give one" info
EXAKET_HAND_OVER=yes bad 2 "EXAKET_HAND_OVER is 'yes': give on or off" qaoa $graph
EXAKET_SHARED_RANKS=x bad 2 "EXAKET_SHARED_RANKS is 'x': give a whole number" sweep run in/spec.yaml

echo "$kinds kinds of bad input on $ranks ranks, $failures wrong; limit ${limits[$ranks]} ms"
[ "$failures" -eq 0 ] && [ "$kinds" -ge 40 ]
