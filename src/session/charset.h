/*
 * Character sets of encoded words, and their way to UTF-8.
 *
 * UTF-8, ASCII, ISO 8859-1, ISO 8859-15 and windows-1252 are our own matter;
 * others are iconv(3)'s, if they are on a list of those that mail is written
 * in. Whoever sends a mail chooses its set, and some of the converters that
 * glibc has were its weakest part; so it is not asked for all that it knows.
 */
#ifndef IMAPPUSHD_SESSION_CHARSET_H
#define IMAPPUSHD_SESSION_CHARSET_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/* Can text in the set of that name (length bytes, in any case) be converted on
 * this machine? */
bool charset_is_known(const char *name, size_t length);

/* Adds bytes in a known set to a text; a question mark for what is no character
 * of the set, as far as that shows. */
void charset_convert(const char *name, size_t length,
                     const struct buffer *bytes, struct buffer *text);

#endif
