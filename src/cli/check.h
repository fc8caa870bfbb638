/*
 * --check-config: what is wrong with the configuration, for a person.
 */
#ifndef IMAPPUSHD_CLI_CHECK_H
#define IMAPPUSHD_CLI_CHECK_H

#include "cli/command.h"

/* Reads the configuration and prints every error and warning on standard
 * output, as compilers do it, and a line that sums up; or all of that as an
 * object of JSON. Opens no connection. Returns the exit status: 0, or 78
 * (EX_CONFIG) with errors. */
int check_config(const struct command *command);

#endif
