# bash completion for exaket

_exaket_values()
{
    case $1 in
    --format) echo "text json" ;;
    --problem) echo "maxcut qubo ising partition labs portfolio" ;;
    --input) echo "auto gset edges dimacs" ;;
    --mixer) echo "x grover xy-ring xy-full" ;;
    --symmetry) echo "auto on off" ;;
    --optimizer) echo "bobyqa cobyla nelder-mead sbplx newuoa praxis lbfgs slsqp mma ccsaq tnewton var2
        direct crs2 isres" ;;
    --precision) echo "double single" ;;
    --check) echo "none norm full" ;;
    --checkpoint-every) echo "auto" ;;
    --qft) echo "auto gates fftw" ;;
    --to) echo "2 3" ;;
    --ansatz) echo "hva-terms hva ry ry-rz" ;;
    --entanglement) echo "linear circular full" ;;
    --entangler) echo "cx cz" ;;
    --initial-state) echo "zero plus minus neel singlets" ;;
    --on-error) echo "continue stop" ;;
    --launcher) echo "srun mpirun" ;;
    *) return 1 ;;
    esac
}

_exaket_options()
{
    echo "--threads --exchange-buffer --format --quiet --verbose --help"
    case $1 in
    '') echo "--version" ;;
    qaoa) echo "--problem --input --vertices --risk-aversion --budget --layers --gamma --beta --mixer
        --symmetry --warm-start --optimizer --starts --max-evaluations --precision --shots --seed
        --no-optimum --output --watchdog" ;;
    bench) echo "--qubits --layers --depth --slot --precision --qft --seed --repeat --workloads
        --save-machine --folder --output" ;;
    convert) echo "--to --output" ;;
    state) echo "--amplitudes --marginal --density --entropy --bloch --fidelity --output" ;;
    plan) echo "--ranks --ranks-per-node --memory-per-node --network-bandwidth --network-latency
        --memory-bandwidth --tile-bandwidth --checkpoint-bandwidth --gflops-per-thread --machine
        --layers --mixer --symmetry --precision --qft --set --explain --output --problem --input
        --vertices --risk-aversion --budget" ;;
    run) echo "--shots --seed --set --init-state --precision --qft --probabilities --amplitudes
        --observable --save-state --output --checkpoint --checkpoint-every --mtbf
        --checkpoint-required --resume --max-time --check --watchdog" ;;
    validate) echo "--qubits --precision --output --watchdog" ;;
    vqe) echo "--ansatz --layers --entanglement --entangler --initial-state --optimizer --starts
        --climb --parameters --evaluate --max-evaluations --tolerance --precision --seed --no-exact
        --output --watchdog" ;;
    'sweep run') echo "--set --copy-of --output --ranks-per-point --on-error --force --part --keep-failed
        --watchdog" ;;
    'sweep plan') echo "--set --copy-of --output --ranks-per-point --on-error --force" ;;
    'sweep collect') echo "--set --copy-of --output --ranks-per-point" ;;
    'sweep submit') echo "--set --copy-of --output --ranks-per-point --on-error --force --array --nodes
        --ranks-per-node --time --partition --sbatch --launcher --machine --dry-run" ;;
    esac
}

_exaket()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command="" word
    local -a words=()
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
        case $word in
        bench | checkpoint | convert | info | qaoa | state | sweep | validate | vqe) [[ $command ]] || command=$word ;;
        run) if [[ ! $command ]]; then command=run; elif [[ $command == sweep ]]; then
            command="sweep run"; fi ;;
        plan) if [[ ! $command ]]; then command=plan; elif [[ $command == sweep ]]; then
            command="sweep plan"; fi ;;
        status | report | submit | cancel | collect | retry-failed)
            [[ $command == sweep ]] && command="sweep $word" ;;
        esac
    done
    if words=("$(_exaket_values "$previous")") && [[ ${words[0]} ]]; then :
    elif [[ $current == -* ]]; then words=("$(_exaket_options "$command")")
    elif [[ ! $command ]]; then words=("bench checkpoint convert info plan qaoa run state sweep validate vqe")
    elif [[ $command == checkpoint ]]; then words=("info verify export"); compopt -o default
    elif [[ $command == bench ]]; then
        words=("gate random-circuit qft qaoa quantum-volume vqe-ansatz pauli-sum gradient stream
            exchange checkpoint kernels weak-scaling strong-scaling")
    elif [[ $command == sweep ]]; then words=("run plan status report submit cancel collect retry-failed")
    else
        compopt -o default 2>/dev/null
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$current")
}

complete -F _exaket exaket
