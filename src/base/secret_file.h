/*
 * A file of the user's whose first line is a secret.
 */
#ifndef IMAPPUSHD_BASE_SECRET_FILE_H
#define IMAPPUSHD_BASE_SECRET_FILE_H

#include "base/buffer.h"
#include "base/error.h"

#include <stddef.h>

/*
 * Adds the first line, without its line end, to secret: of the file at a path,
 * or of a credential of the service manager (a name without a slash, in
 * $CREDENTIALS_DIRECTORY; systemd.exec(5)). It must be a plain file of ours or
 * of root's that nobody else can read, and its line at most max bytes long. key
 * is the key of the configuration that names it, for err.
 */
int secret_file_read(const char *key, const char *name, size_t max,
                     struct buffer *secret, struct error *err);

/* Keeps the first line only, without its LF or CRLF; wipes the rest. */
void secret_keep_first_line(struct buffer *secret);

#endif
