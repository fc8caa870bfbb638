/*
 * What the command line can do.
 */
#ifndef IMAPPUSHD_CLI_ACTION_H
#define IMAPPUSHD_CLI_ACTION_H

#include "cli/command.h"

struct action {
    const char *name;    /* without the dashes */
    const char *operand; /* "NAME", or "[NAME]" where it is not needed; null */
    const char *help;    /* lines of at most 56 characters */
    uint64_t options;    /* OPTION_BIT of those it takes, but for the common */
    /* Does one thing, and returns the exit status. */
    int (*run)(const struct command *command);
};

/* The last has no name. cli/help.c has the order for people. */
extern const struct action actions[];

#endif
