# bash completion for blemqttd
_blemqttd() {
    local word=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    case ${COMP_WORDS[COMP_CWORD - 1]} in
        --config | -c) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --log-level | -l) mapfile -t COMPREPLY < <(compgen -W 'debug info warning error' -- "$word"); return ;;
        --replay) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --replay-speed) mapfile -t COMPREPLY < <(compgen -W 'real max' -- "$word"); return ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W '--config --check-config --connect --retire --print-config --example-config --list-adapters --json --log-level --replay --replay-speed --replay-loop --replay-now --version --help' -- "$word")
}
complete -o filenames -F _blemqttd blemqttd
