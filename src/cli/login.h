/*
 * --login: a person signs in (OAuth2).
 */
#ifndef IMAPPUSHD_CLI_LOGIN_H
#define IMAPPUSHD_CLI_LOGIN_H

#include "base/account.h"
#include "base/buffer.h"
#include "cli/command.h"

#define LOGIN_OPTIONS                                                          \
    (OPTION_BIT(OPTION_CLIENT_ID) | OPTION_BIT(OPTION_REDIRECT_PORT) |         \
     OPTION_BIT(OPTION_BROWSER) | OPTION_BIT(OPTION_STORE) |                   \
     OPTION_BIT(OPTION_NO_INPUT))

/* Has the helper program sign in, with words for the person on standard error,
 * stores what comes of it, and lets a daemon that runs try the account at once.
 * Returns the exit status: 77 where the sign-in was refused. */
int login_account(const struct command *command);

/* Only the sign-in; what comes of it is added to grant, which has room for
 * CREDENTIAL_SECRET_MAX. Returns the exit status, the reason said. */
int login_sign_in(const struct command *command, const struct account *account,
                  struct buffer *grant);

#endif
