#include "cli/command.h"

#include "base/alloc.h"
#include "cli/action.h"
#include "cli/help.h"
#include "config/config.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct given {
    enum command_option option;
    const char *value; /* a word of argv; null for an option without one */
};

static const struct {
    const char *name;
    int argument;
} options[OPTIONS] = {
    [OPTION_QUIET] = {"quiet", no_argument},
    [OPTION_VERBOSE] = {"verbose", no_argument},
    [OPTION_COLOR] = {"color", required_argument},
    [OPTION_JSON] = {"json", no_argument},
    [OPTION_WRITE] = {"write", required_argument},
    [OPTION_YES] = {"yes", no_argument},
    [OPTION_NO_INPUT] = {"no-input", no_argument},
    [OPTION_PASSWORD_STDIN] = {"password-stdin", no_argument},
    [OPTION_PASSWORD_FD] = {"password-fd", required_argument},
    [OPTION_STORE] = {"store", required_argument},
    [OPTION_DRY_RUN] = {"dry-run", no_argument},
    [OPTION_TIMEOUT] = {"timeout", required_argument},
    [OPTION_NO_TEST] = {"no-test", no_argument},
    [OPTION_URL_STDIN] = {"url-stdin", no_argument},
    [OPTION_SUBSCRIPTION_STDIN] = {"subscription-stdin", no_argument},
    [OPTION_KIND] = {"kind", required_argument},
    [OPTION_ACCOUNT] = {"account", required_argument},
    [OPTION_METHOD] = {"method", required_argument},
    [OPTION_HEADER] = {"header", required_argument},
    [OPTION_BODY] = {"body", required_argument},
    [OPTION_CLIENT_ID] = {"client-id", required_argument},
    [OPTION_REDIRECT_PORT] = {"redirect-port", required_argument},
    [OPTION_BROWSER] = {"browser", no_argument},
    [OPTION_NAME] = {"name", required_argument},
    [OPTION_HOST] = {"host", required_argument},
    [OPTION_PORT] = {"port", required_argument},
    [OPTION_TLS] = {"tls", required_argument},
    [OPTION_TLS_NAME] = {"tls-name", required_argument},
    [OPTION_CA_FILE] = {"ca-file", required_argument},
    [OPTION_USER] = {"user", required_argument},
    [OPTION_AUTH] = {"auth", required_argument},
    [OPTION_MAILBOX] = {"mailbox", required_argument},
    [OPTION_PRIMARY_ONLY] = {"primary-only", no_argument},
    [OPTION_PASSWORD_COMMAND] = {"password-command", required_argument},
    [OPTION_PASSWORD_FILE] = {"password-file", required_argument},
    [OPTION_TOKEN_COMMAND] = {"token-command", required_argument},
    [OPTION_NO_DISCOVERY] = {"no-discovery", no_argument},
};

#define COMMON                                                                 \
    (OPTION_BIT(OPTION_QUIET) | OPTION_BIT(OPTION_VERBOSE) |                   \
     OPTION_BIT(OPTION_COLOR))

/* What getopt_long() returns for each. */
enum { HELP = 'h', VERSION = 256, FIRST_OPTION, FIRST_ACTION = 512 };

/* ---- what was given ---- */

const char *command_value_at(const struct command *command,
                             enum command_option option, size_t index)
{
    for (size_t i = 0; i < command->given_count; i++) {
        if (command->given[i].option == option && index-- == 0)
            return command->given[i].value;
    }
    return NULL;
}

const char *command_value(const struct command *command,
                          enum command_option option)
{
    for (size_t i = command->given_count; i > 0; i--) {
        if (command->given[i - 1].option == option)
            return command->given[i - 1].value;
    }
    return NULL;
}

bool command_has(const struct command *command, enum command_option option)
{
    for (size_t i = 0; i < command->given_count; i++) {
        if (command->given[i].option == option)
            return true;
    }
    return false;
}

static void add(struct command *command, enum command_option option,
                const char *value)
{
    command->given = xreallocarray(command->given, command->given_count + 1,
                                   sizeof *command->given);
    command->given[command->given_count++] = (struct given){option, value};
}

/* ---- what is wrong with it ---- */

int command_misused(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("imappushd: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("; see imappushd --help\n", stderr);
    va_end(arguments);
    return EX_USAGE;
}

static int leave(struct command *command, int status)
{
    command_finish(command);
    command->status = status;
    return -1;
}

/* An option that the action would not look at is a mistake. */
static int check_options(const struct command *command)
{
    uint64_t taken = COMMON | (command->action ? command->action->options : 0);

    for (size_t i = 0; i < command->given_count; i++) {
        enum command_option option = command->given[i].option;

        if (taken & OPTION_BIT(option))
            continue;
        return command->action
                   ? command_misused("--%s has no use with --%s",
                                     options[option].name,
                                     command->action->name)
                   : command_misused("--%s has no use without an action",
                                     options[option].name);
    }
    return EX_OK;
}

static int check_colour(const struct command *command)
{
    const char *when = command_value(command, OPTION_COLOR);

    if (!when || strcmp(when, "auto") == 0 || strcmp(when, "always") == 0 ||
        strcmp(when, "never") == 0)
        return EX_OK;
    return command_misused("--color is auto, always or never, not '%s'", when);
}

static int check_operand(const struct command *command, int words)
{
    const struct action *action = command->action;

    if (words > 1 ||
        (words == 1 && (command->operand || !action || !action->operand)))
        return command_misused("too many words");
    if (command->operand && !*command->operand)
        return command_misused("the name after --%s is empty", action->name);
    return EX_OK;
}

/* ---- reading it ---- */

/* All that getopt_long() has to know; free() it. */
static struct option *make_table(void)
{
    size_t count = 0, size = OPTIONS + 4;

    for (const struct action *action = actions; action->name; action++)
        size++;
    struct option *table = xcalloc(size, sizeof *table);

    table[count++] = (struct option){"config", required_argument, NULL, 'c'};
    table[count++] = (struct option){"help", no_argument, NULL, HELP};
    table[count++] = (struct option){"version", no_argument, NULL, VERSION};
    for (int i = 0; i < OPTIONS; i++)
        table[count++] = (struct option){options[i].name, options[i].argument,
                                         NULL, FIRST_OPTION + i};
    for (int i = 0; actions[i].name; i++)
        table[count++] = (struct option){actions[i].name,
                                         actions[i].operand ? optional_argument
                                                            : no_argument,
                                         NULL, FIRST_ACTION + i};
    return table;
}

static int take_action(struct command *command, const struct action *action)
{
    if (command->action)
        return command_misused("--%s and --%s are two things at once",
                               command->action->name, action->name);
    command->action = action;
    command->operand = optarg;
    return EX_OK;
}

/* Takes one word of getopt_long(); the exit status if there is to be one, or
 * -1. */
static int take(struct command *command, int word)
{
    switch (word) {
    case 'c':
        free(command->config);
        command->config = xstrdup(optarg);
        return -1;
    case 'q':
    case 'v':
        add(command, word == 'q' ? OPTION_QUIET : OPTION_VERBOSE, NULL);
        return -1;
    case HELP:
        help_print();
        return EX_OK;
    case VERSION:
        puts("imappushd " IMAPPUSHD_VERSION);
        return EX_OK;
    case '?': /* getopt_long() has said what is wrong */
        return command_misused("the command line was not understood");
    default:
        break;
    }
    if (word >= FIRST_ACTION)
        return take_action(command, &actions[word - FIRST_ACTION]) ? EX_USAGE
                                                                   : -1;
    add(command, (enum command_option)(word - FIRST_OPTION), optarg);
    return -1;
}

static int read_words(int argc, char **argv, struct command *command)
{
    struct option *table = make_table();
    int word, status = -1;

    while (status < 0 &&
           (word = getopt_long(argc, argv, "c:qvh", table, NULL)) != -1)
        status = take(command, word);
    free(table);
    return status;
}

int command_parse(int argc, char **argv, struct command *command)
{
    *command = (struct command){0};
    int status = read_words(argc, argv, command);

    if (status >= 0)
        return leave(command, status);
    if (check_operand(command, argc - optind) || check_options(command) ||
        check_colour(command))
        return leave(command, EX_USAGE);
    if (optind < argc)
        command->operand = argv[optind];
    if (!command->config)
        command->config = config_default_path();
    if (!command->config)
        return leave(command, command_misused("neither XDG_CONFIG_HOME nor "
                                              "HOME is set; use -c"));
    return 0;
}

void command_finish(struct command *command)
{
    free(command->config);
    free(command->given);
    *command = (struct command){0};
}
