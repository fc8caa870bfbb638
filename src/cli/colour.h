/*
 * Colours, for a person at a terminal: none where standard output is something
 * else, where NO_COLOR is set, or as --color says.
 */
#ifndef IMAPPUSHD_CLI_COLOUR_H
#define IMAPPUSHD_CLI_COLOUR_H

#include "cli/command.h"

enum colour {
    COLOUR_GOOD,
    COLOUR_DOUBT, /* may pass by itself */
    COLOUR_BAD,   /* a person must act */
    COLOUR_FAINT,
    COLOUR_STRONG,
    COLOURS
};

/* Decides whether there are any. Before that there are none. */
void colour_choose(const struct command *command);

/* What to print before and after words; empty where there are no colours. */
const char *colour_begin(enum colour colour);
const char *colour_end(void);

#endif
