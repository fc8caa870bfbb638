/*
 * The password: got once, used once, wiped.
 */
#ifndef IMAPPUSHD_SESSION_SECRET_H
#define IMAPPUSHD_SESSION_SECRET_H

#include "base/account.h"
#include "base/buffer.h"
#include "base/error.h"

/* No password, and no token, is longer. */
#define SECRET_MAX 16384

/*
 * Runs the account's password_command (at most 30 s) or reads its
 * password_file, and adds the first line, without its line end, to secret.
 * Empty ones, and ones with CR, LF or NUL inside, are refused: they would end
 * a command on the wire. A file that others can read is refused, too.
 */
int secret_get(const struct account *account, struct buffer *secret,
               struct error *err);

#endif
