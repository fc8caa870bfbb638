#include "cli/help.h"

#include "cli/action.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Where the words about an action or option begin. */
#define COLUMN 24

static const char head[] =
    "Usage: imappushd [-c FILE] [-q | -v]\n"
    "       imappushd ACTION [NAME] [OPTION]...\n"
    "\n"
    "Watches the mailboxes of your mail accounts and tells your phone, by a\n"
    "PUT of a growing version to its push URL, that there is something new.\n"
    "Without an action it runs in the foreground until SIGTERM or SIGINT;\n"
    "SIGHUP, too, reads the configuration again.\n";

/* What belongs together, in the order in which a person comes to need it. */
static const struct {
    const char *title, *actions[9];
} groups[] = {
    {"Accounts",
     {"add-account", "login", "set-password", "test-account", "list-accounts",
      "list-mailboxes", "remove-account", "discover"}},
    {"Endpoints, the places to push to",
     {"add-endpoint", "rotate-endpoint", "test-push", "list-endpoints",
      "remove-endpoint"}},
    {"Phones", {"pair", "show-phone-page"}},
    {"The daemon", {"status", "follow", "check-config", "reload", "check-now"}},
};

static const char tail[] =
    "\n"
    "Options, each where it makes sense:\n"
    "  -c, --config FILE     the main configuration file instead of\n"
    "                        $XDG_CONFIG_HOME/imappushd/imappushd.conf\n"
    "  -q, --quiet           only warnings and errors\n"
    "  -v, --verbose         say more\n"
    "  --json                print an object of JSON\n"
    "  --color WHEN          auto (on a terminal, without NO_COLOR), always, "
    "never\n"
    "  --yes                 do it without asking whether to\n"
    "  --no-input            never ask; fail where something is missing\n"
    "  --dry-run             say what would be done, and do not\n"
    "\n"
    "Options for a secret or a sign-in:\n"
    "  --password-stdin      the password is the first line of standard input\n"
    "  --password-fd=N       ... or of descriptor N\n"
    "  --store=keyring|file  where to keep the secret\n"
    "  --client-id ID        the client that the provider knows\n"
    "  --browser             sign in in a browser on this machine\n"
    "  --redirect-port N     the port that the browser comes back to\n"
    "\n"
    "Options for a new account:\n"
    "  --name, --host, --port, --tls, --tls-name, --ca-file, --user, --auth,\n"
    "  --mailbox, --primary-only, --password-command, --password-file,\n"
    "  --token-command       its settings\n"
    "  --no-discovery        without looking for them\n"
    "\n"
    "Options for an endpoint:\n"
    "  --url-stdin           the push URL is on standard input\n"
    "  --subscription-stdin  the subscription (JSON) is on standard input\n"
    "  --kind, --account, --method, --header, --body\n"
    "                        settings of a new one\n"
    "  --no-test             without a test push, or without logging in\n"
    "  --timeout SECONDS     how long to wait: for a test push (45), for a "
    "phone\n"
    "                        (600)\n"
    "  --write DIR           write a copy of the page for phones into that "
    "folder\n"
    "\n"
    "See imappushd(1), which also says what each action takes, and\n"
    "imappushd.conf(5).\n";

/* Each line of the words in its column; the first after what names them. */
static void print_words(int used, const char *words)
{
    while (*words) {
        size_t length = strcspn(words, "\n");
        int blanks = COLUMN - used;

        if (blanks < 1)
            printf("\n%*s", COLUMN, "");
        else
            printf("%*s", blanks, "");
        printf("%.*s\n", (int)length, words);
        words += length + (words[length] == '\n');
        used = 0;
    }
}

static void print_action(const char *name, const char *operand,
                         const char *words)
{
    int used =
        printf("  --%s%s%s", name, operand ? " " : "", operand ? operand : "");

    print_words(used, words);
}

static bool is_in(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count && names[i]; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static void print_group(const char *title, const char *const *names,
                        size_t count)
{
    printf("\n%s:\n", title);
    for (size_t i = 0; i < count && names[i]; i++) {
        const struct action *action = actions;

        while (action->name && strcmp(action->name, names[i]) != 0)
            action++;
        if (action->name)
            print_action(action->name, action->operand, action->help);
    }
}

/* What stands in no group, and what every program has. */
static void print_rest(void)
{
    printf("\nMore:\n");
    for (const struct action *action = actions; action->name; action++) {
        bool found = false;

        for (size_t i = 0; i < COUNT(groups) && !found; i++)
            found = is_in(groups[i].actions, COUNT(groups[i].actions),
                          action->name);
        if (!found)
            print_action(action->name, action->operand, action->help);
    }
    print_action("help", NULL, "this text");
    print_action("version", NULL, "the version");
}

void help_print(void)
{
    fputs(head, stdout);
    for (size_t i = 0; i < COUNT(groups); i++)
        print_group(groups[i].title, groups[i].actions,
                    COUNT(groups[i].actions));
    print_rest();
    fputs(tail, stdout);
}
