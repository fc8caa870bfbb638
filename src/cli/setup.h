/*
 * --add-account: from a mail address to an account that is watched.
 *
 * What is found out, typed and chosen is in memory until the server has let us
 * in and the configuration would be right; only then the password is stored and
 * the file written, both or none of them. So who gives up before leaves nothing
 * behind.
 */
#ifndef IMAPPUSHD_CLI_SETUP_H
#define IMAPPUSHD_CLI_SETUP_H

#include "cli/command.h"
#include "cli/login.h"
#include "cli/password.h"

#define SETUP_OPTIONS                                                          \
    (PASSWORD_OPTIONS | LOGIN_OPTIONS | OPTION_BIT(OPTION_YES) |               \
     OPTION_BIT(OPTION_DRY_RUN) | OPTION_BIT(OPTION_JSON) |                    \
     OPTION_BIT(OPTION_NO_TEST) | OPTION_BIT(OPTION_NAME) |                    \
     OPTION_BIT(OPTION_HOST) | OPTION_BIT(OPTION_PORT) |                       \
     OPTION_BIT(OPTION_TLS) | OPTION_BIT(OPTION_TLS_NAME) |                    \
     OPTION_BIT(OPTION_CA_FILE) | OPTION_BIT(OPTION_USER) |                    \
     OPTION_BIT(OPTION_MAILBOX) | OPTION_BIT(OPTION_PRIMARY_ONLY) |            \
     OPTION_BIT(OPTION_PASSWORD_COMMAND) | OPTION_BIT(OPTION_PASSWORD_FILE) |  \
     OPTION_BIT(OPTION_TOKEN_COMMAND) | OPTION_BIT(OPTION_AUTH) |              \
     OPTION_BIT(OPTION_NO_DISCOVERY))

/* Asks for what is missing where there is somebody to ask. Returns the exit
 * status: 0; 1 where the account is there, but not all is well; 64 what is
 * missing, or misused; 65, 68, 69, 75, 76, 77 as the server or who was asked
 * for it had it; 66 nothing was typed; 73 there is such an account, or it
 * cannot be written; 78 configuration. */
int setup_account(const struct command *command);

#endif
