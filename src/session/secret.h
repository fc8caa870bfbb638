/*
 * The password or the access token: got once, used once, wiped.
 */
#ifndef IMAPPUSHD_SESSION_SECRET_H
#define IMAPPUSHD_SESSION_SECRET_H

#include "base/buffer.h"
#include "base/credential.h"
#include "base/error.h"
#include "base/plan.h"

/* No password, and no token, is longer. */
#define SECRET_MAX CREDENTIAL_SECRET_MAX

/*
 * Runs the account's password_command or token_command (at most 30 s) or reads
 * its password_file, and adds the first line, without its line end, to secret.
 * Empty ones, and ones with CR, LF or NUL inside, are refused: they would end
 * a command on the wire. So is a token with what is not visible ASCII, which
 * would end a field of its message, and a file that others can read.
 *
 * With no such key the password, or what a token is made of, is in the keyring
 * or in the file store (base/credential.h, whose codes err has). Where the plan
 * says so, waits for the keyring to be unlocked, secret_wait_ms() at most.
 *
 * lives_s: the seconds until a token expires, 0 where that is not known.
 */
int secret_get(const struct plan *plan, struct buffer *secret, int64_t *lives_s,
               struct error *err);

/* How long that is; 0 for a plan that does not wait. */
int64_t secret_wait_ms(const struct plan *plan);

#endif
