/*
 * --discover: which settings would be used for an address.
 */
#ifndef IMAPPUSHD_CLI_DISCOVER_H
#define IMAPPUSHD_CLI_DISCOVER_H

#include "cli/command.h"

/* Prints them, who told them, and what is special at that provider; or an
 * object of JSON. Returns the exit status (settings.h). */
int discover_settings(const struct command *command);

#endif
