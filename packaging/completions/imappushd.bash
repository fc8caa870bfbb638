# Completion of imappushd's command line for bash (1): actions, the options that each
# takes, values, and the names that the configuration has.

# The names of accounts or endpoints, one a line; of the configuration that -c names.
_imappushd_names()
{
    local i config=()

    for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
        if [[ ${COMP_WORDS[i]} == -c || ${COMP_WORDS[i]} == --config ]]; then
            [[ ${COMP_WORDS[i + 1]} == "=" ]] && ((i++))
            config=(-c "${COMP_WORDS[i + 1]/#\~/$HOME}")
        fi
    done
    "${COMP_WORDS[0]/#\~/$HOME}" "${config[@]}" "--list-$1" -q 2>/dev/null
}

# The options that the action takes, besides the common ones.
_imappushd_options()
{
    case $1 in
    --add-account)
        echo --name --host --port --tls --tls-name --ca-file --user --auth --mailbox \
            --primary-only --password-command --password-file --token-command \
            --no-discovery --password-stdin --password-fd --store --client-id \
            --redirect-port --browser --yes --no-input --dry-run --json --no-test
        ;;
    --set-password) echo --password-stdin --password-fd --store --no-input ;;
    --login) echo --client-id --redirect-port --browser --store --no-input ;;
    --remove-account) echo --yes --no-input ;;
    --status) echo --json ;;
    --follow) ;;
    --test-account) echo --json ;;
    --list-mailboxes) echo --json ;;
    --list-accounts) echo --json ;;
    --list-endpoints) echo --json ;;
    --add-endpoint)
        echo --yes --no-input --dry-run --json --timeout --no-test --url-stdin \
            --subscription-stdin --kind --account --method --header --body
        ;;
    --rotate-endpoint)
        echo --yes --no-input --dry-run --json --timeout --no-test --url-stdin \
            --subscription-stdin
        ;;
    --remove-endpoint) echo --yes --no-input --dry-run --json ;;
    --test-push) echo --json --timeout --no-input --dry-run ;;
    --pair) echo --yes --no-input --timeout --account ;;
    --check-config) echo --json ;;
    --check-now) ;;
    --discover) echo --json ;;
    --reload) ;;
    --show-phone-page) echo --write ;;
    *) return 1 ;;
    esac
}

# What the word after an action can be.
_imappushd_operands()
{
    case $1 in
    --set-password | --login | --remove-account | --test-account | --list-mailboxes)
        _imappushd_names accounts
        ;;
    --rotate-endpoint | --remove-endpoint | --test-push) _imappushd_names endpoints ;;
    --status)
        _imappushd_names accounts
        _imappushd_names endpoints
        ;;
    esac
}

# The values of an option; fails where it takes none, or has none to offer.
_imappushd_values()
{
    case $1 in
    --color) printf '%s\n' auto always never ;;
    --store) printf '%s\n' keyring file ;;
    --kind) printf '%s\n' put ntfy webpush ;;
    --tls) printf '%s\n' implicit starttls none ;;
    --auth) printf '%s\n' password oauth2 ;;
    --method) printf '%s\n' PUT POST ;;
    --account) _imappushd_names accounts ;;
    --password-fd | --timeout | --header | --body | --client-id | --redirect-port) ;;
    --name | --host | --port | --tls-name | --user | --mailbox) ;;
    --password-command | --token-command) ;;
    *) return 1 ;;
    esac
}

_imappushd()
{
    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
    local action="" each offered IFS=$'\n'

    # "--store=f" is three words here
    if [[ $word == "=" ]]; then
        word=""
    elif [[ $option == "=" ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for each in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
        _imappushd_options "$each" >/dev/null && action=$each
    done
    COMPREPLY=()
    case $option in
    -c | --config | --ca-file | --password-file)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --write)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    esac
    if offered=$(_imappushd_values "$option"); then
        :
    elif [[ $word != -* && $action ]]; then
        offered=$(_imappushd_operands "$action")
    elif [[ $action ]]; then
        offered=$(IFS=' '; printf '%s\n' $(_imappushd_options "$action") \
            --config --quiet --verbose --color)
    else
        offered=$(printf '%s\n' --add-account --set-password --login --remove-account --status --follow \
            --test-account --list-mailboxes --list-accounts --list-endpoints \
            --add-endpoint --rotate-endpoint --remove-endpoint --test-push --pair \
            --check-config --check-now --discover --reload --show-phone-page --help --version --config \
            --quiet --verbose)
    fi
    mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$word")
}

complete -F _imappushd imappushd
