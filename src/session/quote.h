/*
 * Texts as they are sent (RFC 3501 section 4.3).
 */
#ifndef IMAPPUSHD_SESSION_QUOTE_H
#define IMAPPUSHD_SESSION_QUOTE_H

#include "base/buffer.h"

#include <stdbool.h>

/* May it be a quoted string? Other texts have to be literals. */
bool quote_is_ascii(const char *text);

/* Adds it as one; it has no control characters. */
void quote_add(struct buffer *out, const char *text);

#endif
