/*
 * Putting a secret of an account into a store.
 */
#ifndef IMAPPUSHD_CLI_KEEP_H
#define IMAPPUSHD_CLI_KEEP_H

#include "base/account.h"
#include "base/buffer.h"
#include "base/error.h"
#include "cli/command.h"

#include <stdbool.h>

/* What it is. */
struct kept {
    const char *kind;   /* base/credential.h */
    const char *name;   /* "password", for a person */
    const char *advice; /* where it would lie in plain text */
};

extern const struct kept kept_password, kept_grant;

/*
 * Puts it into the store that --store names; without it into the keyring, or,
 * where there is none, into the file store if a person agrees. Returns the exit
 * status: 0, with a line on what was done; 64 where there is nobody to ask; 69,
 * 73, 75 or 78 where the store does not take it.
 */
int keep_secret(const struct command *command, const struct account *account,
                const struct kept *kept, const struct buffer *secret);

/* Is what --store says, if anything, a store? Else 64, said. */
int keep_check(const struct command *command);

/* A person is told what the file store is: do they agree to it? */
bool keep_agrees_to_file(const struct kept *kept);

/* Says why a store (base/credential.h) did not take it; the exit status. */
int keep_refused(int status, const struct kept *kept, const struct error *err);

#endif
