#include "cli/help.h"

#include "cli/action.h"

#include <stdio.h>
#include <string.h>

/* Where the words about an action or option begin. */
#define COLUMN 24

static const char head[] =
    "Usage: imappushd [-c FILE] [-q | -v]\n"
    "       imappushd ACTION [NAME] [OPTION]...\n"
    "\n"
    "Watches the mailboxes of your mail accounts and tells your phone, by a\n"
    "PUT of a growing version to its push URL, that there is something new.\n"
    "Without an action it runs in the foreground until SIGTERM or SIGINT;\n"
    "SIGHUP, too, reads the configuration again.\n"
    "\n"
    "Actions:\n";

static const char tail[] =
    "\n"
    "Options:\n"
    "  -c, --config FILE     the main configuration file instead of\n"
    "                        $XDG_CONFIG_HOME/imappushd/imappushd.conf\n"
    "  -q, --quiet           only warnings and errors\n"
    "  -v, --verbose         say more\n"
    "  --json                print an object of JSON\n"
    "  --color WHEN          auto (on a terminal), always or never\n"
    "  --write DIR           a folder to write into\n"
    "  --yes                 do it without asking whether to\n"
    "  --no-input            never ask; fail where something is missing\n"
    "  --password-stdin      the password is the first line of standard input\n"
    "  --password-fd=N       ... or of descriptor N\n"
    "  --store=keyring|file  where to keep the password\n"
    "  --dry-run             say what would be done, and do not\n"
    "  --timeout SECONDS     how long to wait: for a test push (45),\n"
    "                        for a phone (600)\n"
    "  --no-test             without a test push\n"
    "  --url-stdin           the push URL is on standard input\n"
    "  --subscription-stdin  the PushSubscription (JSON) is\n"
    "  --kind, --account, --method, --header, --body\n"
    "                        settings of a new endpoint\n"
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

void help_print(void)
{
    fputs(head, stdout);
    for (const struct action *action = actions; action->name; action++)
        print_action(action->name, action->operand, action->help);
    print_action("help", NULL, "this text");
    print_action("version", NULL, "the version");
    fputs(tail, stdout);
}
