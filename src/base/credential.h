/*
 * Secrets at rest lie with a program of their own, which this asks.
 *
 * libexec/imappushd/credential (src/credential/) is run once for each question,
 * "credential get", "store" or "erase", in the manner of git's helpers.
 * Question and answer are lines of KEY=VALUE, on its standard input and output:
 *
 *     account=work                    the name; always
 *     user=alice@example.org          for the label that a person sees
 *     host=imap.example.org           likewise
 *     kind=password                   what it is; without it, erase takes all
 *     store=keyring                   store: where to; keyring or file
 *     wait=60                         get: seconds for a keyring to be unlocked
 *     secret=open sesame              store
 *
 *     store=keyring                   where it was found, or put
 *     secret=open sesame              get
 *     error=the keyring is locked     why not
 *
 * A value has any bytes but NUL and LF, neither of which a password can have on
 * the wire of IMAP. The exit status says how it went.
 */
#ifndef IMAPPUSHD_BASE_CREDENTIAL_H
#define IMAPPUSHD_BASE_CREDENTIAL_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>
#include <sysexits.h>

/* No password, and no token, is longer. */
#define CREDENTIAL_SECRET_MAX 16384
/* What a run takes at most, whatever a keyring does, but for its wait. */
#define CREDENTIAL_MS 10000

#define CREDENTIAL_PASSWORD "password"

/* Exit statuses of the program. */
enum credential_status {
    CREDENTIAL_DONE = EX_OK,
    CREDENTIAL_MISUSED = EX_USAGE,
    CREDENTIAL_MISSING = EX_NOINPUT,        /* there is no such secret */
    CREDENTIAL_NO_KEYRING = EX_UNAVAILABLE, /* nor is it in the file store */
    CREDENTIAL_TROUBLE = EX_SOFTWARE,     /* the keyring fails, or is silent */
    CREDENTIAL_UNWRITABLE = EX_CANTCREAT, /* the file store */
    CREDENTIAL_LOCKED = EX_TEMPFAIL,      /* the keyring, until a person acts */
    CREDENTIAL_UNSAFE = EX_CONFIG /* the file store is not as it must be */
};

/* Whose secret, and which. */
struct credential {
    const char *account, *user, *host; /* the last two only for store */
    const char *kind;
};

/*
 * Each returns one of the above, with err where it is not CREDENTIAL_DONE. The
 * code of err is "locked", "keyring" (there is none), or "secret"; its class
 * PERSON where only a person can help.
 */

/* Adds the secret to secret: of the keyring or else of the file store. Where
 * the keyring is locked or missing, waits up to wait_s for that to change. */
int credential_get(const struct credential *credential, int wait_s,
                   struct buffer *secret, struct error *err);

/* Puts it into that store ("keyring" or "file"), and takes what the other one
 * may have of it out. */
int credential_store(const struct credential *credential, const char *store,
                     const struct buffer *secret, struct error *err);

/* Takes it out of both stores, or with a kind of null all that the account has
 * there; that there is none is fine. */
int credential_erase(const struct credential *credential, struct error *err);

#endif
