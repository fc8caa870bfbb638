/*
 * --pair: a phone joins by a mail to its own account, which the box reads
 * anyway. So nobody needs to listen, and nothing but the page for phones is
 * needed on the phone.
 *
 * The code that is shown holds a secret; it goes from this process to the phone
 * and nowhere else. The daemon is told the ID of the invitation only, and hands
 * over what mail has it in its subject; the courier, run from here, opens it.
 * What follows is what --add-endpoint does with a subscription.
 */
#ifndef IMAPPUSHD_CLI_PAIR_H
#define IMAPPUSHD_CLI_PAIR_H

#include "cli/command.h"

#define PAIR_OPTIONS                                                           \
    (OPTION_BIT(OPTION_YES) | OPTION_BIT(OPTION_NO_INPUT) |                    \
     OPTION_BIT(OPTION_TIMEOUT) | OPTION_BIT(OPTION_ACCOUNT))

/* Returns the exit status: 0 when the phone has joined; 66 no such account; 69
 * no daemon runs; 73 something cannot be written; 75 no phone came in time; 78
 * the configuration lacks something. */
int pair_phone(const struct command *command);

#endif
