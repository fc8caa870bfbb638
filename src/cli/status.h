/*
 * --status and --follow: what the daemon knows, for a person or a script.
 */
#ifndef IMAPPUSHD_CLI_STATUS_H
#define IMAPPUSHD_CLI_STATUS_H

#include "cli/answer.h"
#include "cli/command.h"

/* Prints the status, of one account or endpoint if one is named. Returns the
 * exit status: 0; 1 where something is degraded; 66 for no such name; 69 when
 * no daemon runs. */
int status_show(const struct command *command);

/* Prints a line of JSON for each event until the daemon ends (69) or the
 * reader does; 75 where too many follow. */
int status_follow(const struct command *command);

/* ---- status_view.c ---- */

/* Prints a status for a person; with the mailboxes where detail is wanted. */
void status_view_print(const struct answer *status, bool detail);

/* Is anything in a status as it should not be? */
bool status_is_degraded(const struct answer *status);

#endif
