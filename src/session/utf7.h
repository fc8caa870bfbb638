/*
 * Mailbox names on the wire: modified UTF-7 (RFC 3501 §5.1.3).
 */
#ifndef IMAPPUSHD_SESSION_UTF7_H
#define IMAPPUSHD_SESSION_UTF7_H

#include <stdbool.h>
#include <stddef.h>

/* A UTF-8 name as a quoted string in modified UTF-7, ready to send; free()
 * it. The configuration has made sure that it is UTF-8. */
char *utf7_quoted(const char *name);

/* A name as the server sent it, in UTF-8 with INBOX folded. Some servers send
 * raw UTF-8 (Dovecot 2.3 in NOTIFY): what is no valid modified UTF-7 is taken
 * as it is. False when it does not fit, or is neither. */
bool utf7_decode(const char *wire, char *name, size_t size);

#endif
