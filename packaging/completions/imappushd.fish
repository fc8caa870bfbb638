# Completion of imappushd's command line for fish (1): actions, the options that each takes,
# values, and the names that the configuration has.

# The names of accounts or endpoints, of the configuration that -c names.
function __imappushd_names
    set -l words (commandline -opc)
    set -l config
    for i in (seq 2 (count $words))
        switch $words[$i]
            case -c --config
                set config -c $words[(math $i + 1)]
            case '--config=*'
                set config -c (string replace -- --config= '' $words[$i])
        end
    end
    $words[1] $config --list-$argv[1] -q 2>/dev/null
end

# Is one of these actions on the command line? Without any: is none?
function __imappushd_does
    set -l all add-account set-password login remove-account status follow test-account \
        list-mailboxes list-accounts list-endpoints add-endpoint rotate-endpoint \
        remove-endpoint test-push pair check-config check-now discover reload show-phone-page \
        help version
    for word in (commandline -opc)
        set -l action (string replace -r -- '^--([a-z-]+).*' '$1' $word)
        if contains -- $action $all
            contains -- $action $argv
            return
        end
    end
    test (count $argv) -eq 0
end

complete -c imappushd -f
complete -c imappushd -s c -l config -r -F -d 'The main configuration file'
complete -c imappushd -s q -l quiet -d 'Only warnings and errors'
complete -c imappushd -s v -l verbose -d 'Say more'

# actions
complete -c imappushd -n __imappushd_does -l add-account -d 'Add a mail account by its address'
complete -c imappushd -n __imappushd_does -l set-password -d 'Put the password of an account into a store'
complete -c imappushd -n __imappushd_does -l login -d 'Sign in with the provider of an account'
complete -c imappushd -n __imappushd_does -l remove-account -d 'Remove the file of an account and its password'
complete -c imappushd -n __imappushd_does -l status -d 'Say how the daemon, the accounts and the endpoints are'
complete -c imappushd -n __imappushd_does -l follow -d 'Print each event as a line of JSON'
complete -c imappushd -n __imappushd_does -l test-account -d 'Log in, and say step by step what works'
complete -c imappushd -n __imappushd_does -l list-mailboxes -d 'Say which mailboxes there are, and are watched'
complete -c imappushd -n __imappushd_does -l list-accounts -d 'Name the accounts'
complete -c imappushd -n __imappushd_does -l list-endpoints -d 'Name the endpoints'
complete -c imappushd -n __imappushd_does -l add-endpoint -d 'Add a push URL or a subscription'
complete -c imappushd -n __imappushd_does -l rotate-endpoint -d 'Give an endpoint a new URL'
complete -c imappushd -n __imappushd_does -l remove-endpoint -d 'Remove the files of an endpoint'
complete -c imappushd -n __imappushd_does -l test-push -d 'Push to an endpoint now'
complete -c imappushd -n __imappushd_does -l pair -d 'Let a phone join by a mail'
complete -c imappushd -n __imappushd_does -l check-config -d 'Say all that is wrong with the configuration'
complete -c imappushd -n __imappushd_does -l check-now -d 'Let the daemon look at every connection'
complete -c imappushd -n __imappushd_does -l discover -d 'Look for the settings of a mail address'
complete -c imappushd -n __imappushd_does -l reload -d 'Let the daemon read the configuration again'
complete -c imappushd -n __imappushd_does -l show-phone-page -d 'The address of the page for phones'
complete -c imappushd -n __imappushd_does -l help -d 'A summary of the command line'
complete -c imappushd -n __imappushd_does -l version -d 'The version'

# names
complete -c imappushd -n '__imappushd_does set-password login remove-account test-account list-mailboxes status' -a '(__imappushd_names accounts)' -d account
complete -c imappushd -n '__imappushd_does rotate-endpoint remove-endpoint test-push status' -a '(__imappushd_names endpoints)' -d endpoint

# the options of each action
complete -c imappushd -n 'not __imappushd_does' -l color -x -a 'auto always never' -d 'Colours'
complete -c imappushd -n '__imappushd_does add-account status test-account list-mailboxes list-accounts list-endpoints add-endpoint rotate-endpoint remove-endpoint test-push check-config discover' -l json -d 'Print an object of JSON'
complete -c imappushd -n '__imappushd_does show-phone-page' -l write -x -a '(__fish_complete_directories)' -d 'A folder to write into'
complete -c imappushd -n '__imappushd_does add-account remove-account add-endpoint rotate-endpoint remove-endpoint pair' -l yes -d 'Do it without asking whether to'
complete -c imappushd -n '__imappushd_does add-account set-password login remove-account add-endpoint rotate-endpoint remove-endpoint test-push pair' -l no-input -d 'Never ask'
complete -c imappushd -n '__imappushd_does add-account set-password' -l password-stdin -d 'The password is on standard input'
complete -c imappushd -n '__imappushd_does add-account set-password' -l password-fd -x -d 'The descriptor that has the password'
complete -c imappushd -n '__imappushd_does add-account set-password login' -l store -x -a 'keyring file' -d 'Where to keep the secret'
complete -c imappushd -n '__imappushd_does add-account login' -l client-id -x -d 'The client that the provider knows'
complete -c imappushd -n '__imappushd_does add-account login' -l redirect-port -x -d 'The port that the browser comes back to'
complete -c imappushd -n '__imappushd_does add-account login' -l browser -d 'Sign in in a browser on this machine'
complete -c imappushd -n '__imappushd_does add-account add-endpoint rotate-endpoint remove-endpoint test-push' -l dry-run -d 'Say what would be done'
complete -c imappushd -n '__imappushd_does add-endpoint rotate-endpoint test-push pair' -l timeout -x -d 'How long to wait'
complete -c imappushd -n '__imappushd_does add-account add-endpoint rotate-endpoint' -l no-test -d 'Without a test push'
complete -c imappushd -n '__imappushd_does add-endpoint rotate-endpoint' -l url-stdin -d 'The push URL is on standard input'
complete -c imappushd -n '__imappushd_does add-endpoint rotate-endpoint' -l subscription-stdin -d 'The PushSubscription is on standard input'
complete -c imappushd -n '__imappushd_does add-endpoint' -l kind -x -a 'put ntfy webpush' -d 'The dialect of the request'
complete -c imappushd -n '__imappushd_does add-endpoint pair' -l account -x -a '(__imappushd_names accounts)' -d 'An account that it is about'
complete -c imappushd -n '__imappushd_does add-endpoint' -l method -x -a 'PUT POST' -d 'The method of the request'
complete -c imappushd -n '__imappushd_does add-endpoint' -l header -x -d 'A header of the request'
complete -c imappushd -n '__imappushd_does add-endpoint' -l body -x -d 'The body of the request'
complete -c imappushd -n '__imappushd_does add-account' -l name -x -d 'What the account is called'
complete -c imappushd -n '__imappushd_does add-account' -l host -x -d 'Its mail server'
complete -c imappushd -n '__imappushd_does add-account' -l port -x -d 'The port of the server'
complete -c imappushd -n '__imappushd_does add-account' -l tls -x -a 'implicit starttls none' -d 'How the connection is encrypted'
complete -c imappushd -n '__imappushd_does add-account' -l tls-name -x -d 'The name in the certificate'
complete -c imappushd -n '__imappushd_does add-account' -l ca-file -r -F -d 'The certificates to trust'
complete -c imappushd -n '__imappushd_does add-account' -l user -x -d 'The login name'
complete -c imappushd -n '__imappushd_does add-account' -l auth -x -a 'password oauth2' -d 'How to log in'
complete -c imappushd -n '__imappushd_does add-account' -l mailbox -x -d 'A mailbox to watch'
complete -c imappushd -n '__imappushd_does add-account' -l primary-only -d 'At Gmail: only the tab Primary'
complete -c imappushd -n '__imappushd_does add-account' -l password-command -x -d 'What prints the password'
complete -c imappushd -n '__imappushd_does add-account' -l password-file -r -F -d 'What holds the password'
complete -c imappushd -n '__imappushd_does add-account' -l token-command -x -d 'What prints an access token'
complete -c imappushd -n '__imappushd_does add-account' -l no-discovery -d 'Ask nobody for the settings'
