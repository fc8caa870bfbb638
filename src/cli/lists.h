/*
 * --list-accounts and --list-endpoints: what the configuration names, one line
 * each, the name first. No daemon has to run.
 */
#ifndef IMAPPUSHD_CLI_LISTS_H
#define IMAPPUSHD_CLI_LISTS_H

#include "cli/command.h"

/* Each prints its list; with --quiet only names, with --json an object. Of a
 * push URL only the label shows. Returns the exit status: 0, or 78 where the
 * configuration has errors. */
int lists_accounts(const struct command *command);
int lists_endpoints(const struct command *command);

#endif
