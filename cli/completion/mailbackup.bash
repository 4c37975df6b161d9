# bash completion for mailbackup(1)

_mailbackup_words()
{
    case $1 in
        add) echo "--host --port --tls --user --password-command --password-file --token-command \
            --auth --ca-file --pin --client-cert --client-key --plaintext-to --compress --shared --mailboxes \
            --max-connections --limit-rate --max-bytes-per-day --no-check" ;;
        sync) echo "--quiet --json --max-connections --limit-rate --patience --max-bytes-per-day --verbose" ;;
        accounts | snapshots | stats) echo "--json" ;;
        ls) echo "--long --json" ;;
        forget) echo "--keep-last --keep-daily --keep-weekly --keep-monthly --keep-yearly --older-than --account --newest" \
            "--dry-run --yes --json" ;;
        check) echo "--read-data --json" ;;
        optimize | rebuild) echo "--json" ;;
    esac
    echo "--repo --help"
}

# The paths in the repository that begin with what was typed.
_mailbackup_paths()
{
    local directory='' name
    [[ $cur == */* ]] && directory=${cur%/*}/
    while read -r name; do
        [[ $directory$name == "$cur"* ]] && echo "$directory$name"
    done < <(mailbackup "${repo[@]}" ls "$directory" 2>/dev/null)
}

# The accounts that begin with what was typed.
_mailbackup_accounts()
{
    local name
    while read -r name; do
        [[ $name == "$cur"* ]] && echo "${name%/}"
    done < <(mailbackup "${repo[@]}" ls 2>/dev/null)
}

_mailbackup()
{
    local cur=${COMP_WORDS[COMP_CWORD]//\\/} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word i
    local -a repo=()
    local IFS=$'\n'

    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            -r | --repo) repo=(-r "${COMP_WORDS[++i]}") ;;
            -*) ;;
            *) [[ $command ]] || command=$word ;;
        esac
    done

    case $previous in
        -r | --repo) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --password-file | --ca-file | --client-cert | --client-key) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --tls) mapfile -t COMPREPLY < <(compgen -W $'implicit\nstarttls\nnone' -- "$cur"); return ;;
        --compress) mapfile -t COMPREPLY < <(compgen -W $'auto\non\noff' -- "$cur"); return ;;
    esac
    if [[ ! $command ]]; then
        mapfile -t COMPREPLY < <(compgen -W \
            $'init\nadd\naccounts\nsync\nsnapshots\nls\ncat\nforget\nstats\ncheck\noptimize\nrebuild\n--repo\n--help\n--version' -- "$cur")
    elif [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_mailbackup_words "$command" | tr ' ' '\n')" -- "$cur")
    else
        case $command in
            sync | snapshots | stats) mapfile -t COMPREPLY < <(_mailbackup_accounts) ;;
            ls | cat | forget) compopt -o nospace && mapfile -t COMPREPLY < <(_mailbackup_paths) ;;
        esac
    fi
}

complete -o filenames -F _mailbackup mailbackup
