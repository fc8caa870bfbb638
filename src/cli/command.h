/*
 * The command line as it was given: an action, what it is about, and options.
 */
#ifndef IMAPPUSHD_CLI_COMMAND_H
#define IMAPPUSHD_CLI_COMMAND_H

#include "base/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each action says which of them it takes (cli/action.c). */
enum command_option {
    OPTION_QUIET, /* these three any */
    OPTION_VERBOSE,
    OPTION_COLOR,
    OPTION_JSON,
    OPTION_WRITE,
    OPTION_YES,      /* ask no question that is answered by yes */
    OPTION_NO_INPUT, /* ask nothing at all */
    OPTION_PASSWORD_STDIN,
    OPTION_PASSWORD_FD,
    OPTION_STORE,
    OPTION_DRY_RUN,
    OPTION_TIMEOUT,
    OPTION_NO_TEST,
    OPTION_URL_STDIN,
    OPTION_SUBSCRIPTION_STDIN,
    OPTION_KIND,
    OPTION_ACCOUNT,
    OPTION_METHOD,
    OPTION_HEADER,
    OPTION_BODY,
    OPTION_CLIENT_ID,
    OPTION_REDIRECT_PORT,
    OPTION_BROWSER, /* no device flow */
    OPTION_NAME,
    OPTION_HOST,
    OPTION_PORT,
    OPTION_TLS,
    OPTION_TLS_NAME,
    OPTION_CA_FILE,
    OPTION_USER,
    OPTION_AUTH,
    OPTION_MAILBOX,
    OPTION_PRIMARY_ONLY, /* Gmail's first tab */
    OPTION_PASSWORD_COMMAND,
    OPTION_PASSWORD_FILE,
    OPTION_TOKEN_COMMAND,
    OPTION_NO_DISCOVERY,
    OPTIONS
};

#define OPTION_BIT(option) (UINT64_C(1) << (option))

struct action;

struct command {
    char *config;                /* the main file; owned */
    const struct action *action; /* null: run the daemon */
    const char *operand;         /* a name or an address; null for none */
    struct given *given;         /* in the order they were given; owned */
    size_t given_count;
    plan_main *session; /* for an action that needs one: main() says */
    int status;         /* where there is nothing more to do */
};

/* 0; -1 when the process should leave with command->status (sysexits): help or
 * version were printed, or the command line was not understood (said). */
int command_parse(int argc, char **argv, struct command *command);
void command_finish(struct command *command);

bool command_has(const struct command *command, enum command_option option);

/* What was given with an option, the last time it was; null for nothing. */
const char *command_value(const struct command *command,
                          enum command_option option);

/* Of an option that may be repeated: the values in order, null at the end. */
const char *command_value_at(const struct command *command,
                             enum command_option option, size_t index);

/* Words for the person who misused the command line, on standard error.
 * Returns the exit status: 64 (EX_USAGE). */
int command_misused(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
