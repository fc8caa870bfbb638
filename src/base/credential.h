/*
 * Secrets at rest lie with a program of their own, which this asks.
 *
 * libexec/imappushd/credential (src/credential/) is run once for each question,
 * "credential get", "store" or "erase", in the manner of git's helpers;
 * "signin" makes a grant with a person's help, and "token" an access token of
 * that. Question and answer are lines of KEY=VALUE, on its standard input and
 * output:
 *
 *     account=work                    the name; always
 *     user=alice@example.org          for the label that a person sees
 *     host=imap.example.org           likewise
 *     kind=password                   what it is; without it, erase takes all
 *     store=keyring                   store: where to; keyring or file
 *     wait=60                         get: seconds for a keyring to be unlocked
 *     secret=open sesame              store
 *     issuer=https://login.example    signin; what token expects in the grant
 *     client_id=...                   likewise
 *     client_secret_file=...          token, signin; not always
 *     scope=..., port=0, browser=yes  signin
 *     token_endpoint=https://...      signin, where the issuer is not to be
 * asked; authorization_endpoint=...      and the other two device_endpoint=...
 *
 *     store=keyring                   where it was found, or put
 *     secret=open sesame              get
 *     lives=3600                      token: seconds until it expires
 *     warning=...                     token: what went wrong all the same
 *     error=the keyring is locked     why not
 *
 * A value has any bytes but NUL and LF, neither of which a password can have on
 * the wire of IMAP. The exit status says how it went.
 */
#ifndef IMAPPUSHD_BASE_CREDENTIAL_H
#define IMAPPUSHD_BASE_CREDENTIAL_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sysexits.h>

/* No password, and no token, is longer. */
#define CREDENTIAL_SECRET_MAX 16384
/* What a run takes at most, whatever a keyring does, but for its wait. */
#define CREDENTIAL_MS 10000

/* ... and where a server is asked for an access token. */
#define CREDENTIAL_TOKEN_MS 60000

#define CREDENTIAL_PASSWORD "password"
#define CREDENTIAL_GRANT "oauth2" /* credential/grant.h */

/* Exit statuses of the program. */
enum credential_status {
    CREDENTIAL_DONE = EX_OK,
    CREDENTIAL_MISUSED = EX_USAGE,
    CREDENTIAL_MISSING = EX_NOINPUT,        /* there is no such secret */
    CREDENTIAL_NO_KEYRING = EX_UNAVAILABLE, /* nor is it in the file store */
    CREDENTIAL_TROUBLE = EX_SOFTWARE,     /* the keyring fails, or is silent */
    CREDENTIAL_UNWRITABLE = EX_CANTCREAT, /* the file store */
    CREDENTIAL_LOCKED = EX_TEMPFAIL,      /* the keyring, until a person acts */
    CREDENTIAL_SIGN_IN = EX_NOPERM, /* nobody signed in, or not any more */
    CREDENTIAL_UNSAFE = EX_CONFIG   /* the file store is not as it must be */
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

struct account;

/* How a person signs in, and where: either issuer tells the endpoints, or they
 * are given, the token endpoint at least. */
struct credential_signin {
    const char *issuer;
    const char *token_endpoint, *authorization_endpoint, *device_endpoint;
    const char *client_id, *client_secret_file;
    const char *scope;
    const char *port; /* for the browser to come back to; null: any */
    bool browser;     /* no device flow */
    int input;        /* a terminal, or -1 */
};

/* Has the account's person sign in, which takes minutes and speaks to them on
 * standard error; adds the grant, to be stored, to grant. */
int credential_signin(const struct account *account,
                      const struct credential_signin *signin,
                      struct buffer *grant, struct error *err);

/*
 * Adds an access token to token, of the grant that the account's person gave by
 * signing in; lives_s are the seconds until it expires, 0 where nobody knows.
 * warning (its text may be "") is what a person should know although it went
 * well. The code of err is "login-needed" where somebody has to sign in.
 */
int credential_token(const struct account *account, int wait_s,
                     struct buffer *token, int64_t *lives_s,
                     struct error *warning, struct error *err);

#endif
