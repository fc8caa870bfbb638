/*
 * --reload and --check-now: a word to the daemon that runs.
 */
#ifndef IMAPPUSHD_CLI_CONTROL_H
#define IMAPPUSHD_CLI_CONTROL_H

#include "cli/command.h"

#include <stdbool.h>

/* Each says its word by the control socket and waits for the answer. Returns
 * the exit status: 0; 69 when no daemon runs; 78 when it cannot use its
 * configuration; 76 when it does not understand. */
int control_reload(const struct command *command);
int control_check_now(const struct command *command);

/* After something was changed on disk: lets a daemon that runs read it. That
 * none runs is fine, and said unless quiet. reloaded (or null): did one read
 * it? Returns the exit status: 0; or 1 where the daemon did not take it, which
 * is said. */
int control_tell(bool quiet, bool *reloaded);

#endif
