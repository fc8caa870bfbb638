/*
 * The password of an account: got from a person or a script, and put into a
 * store.
 */
#ifndef IMAPPUSHD_CLI_PASSWORD_H
#define IMAPPUSHD_CLI_PASSWORD_H

#include "base/account.h"
#include "base/buffer.h"
#include "cli/command.h"

#include <stdbool.h>

/* The options that both functions look at. */
#define PASSWORD_OPTIONS                                                       \
    (OPTION_BIT(OPTION_PASSWORD_STDIN) | OPTION_BIT(OPTION_PASSWORD_FD) |      \
     OPTION_BIT(OPTION_STORE) | OPTION_BIT(OPTION_NO_INPUT))

/*
 * Adds the password to password, which has room for CREDENTIAL_SECRET_MAX: the
 * first line of standard input or of a descriptor where the options say so,
 * else what a person types. Returns the exit status, the reason said.
 */
int password_read(const struct command *command, const struct account *account,
                  struct buffer *password);

/*
 * Puts it into the store that --store names; without it into the keyring, or,
 * where there is none, into the file store if a person agrees. Returns the exit
 * status: 0, with a line on what was done; 64 where there is nobody to ask; 69,
 * 73, 75 or 78 where the store does not take it.
 */
int password_keep(const struct command *command, const struct account *account,
                  const struct buffer *password);

/* Is it a server of Google's? */
bool password_is_of_google(const char *host);

/* At a server of Google's: takes the blanks out of an app password, which is
 * shown as four groups of four letters and copied with blanks of all kinds. Any
 * other stays as it is: four words may be a password as well. */
void password_tidy(struct buffer *password, const char *host);

#endif
