/*
 * The actions on an account that is there: --set-password, --remove-account.
 */
#ifndef IMAPPUSHD_CLI_ACCOUNT_H
#define IMAPPUSHD_CLI_ACCOUNT_H

#include "cli/command.h"

#include "base/account.h"
#include "config/config.h"

/*
 * The account that the command names; without a name the only one, or the one
 * that a person picks. config is loaded, and the caller's to unload, whatever
 * is returned: the account, or null with the exit status in status and the
 * reason said (64 nobody to ask, 66 no such account, 78 configuration).
 */
const struct account *account_find(const struct command *command,
                                   struct config **config, int *status);

/* Reads a new password and stores it; a running daemon tries it at once. */
int account_set_password(const struct command *command);

/* Removes accounts.d/NAME.conf, and what the stores have for it. */
int account_remove(const struct command *command);

#endif
