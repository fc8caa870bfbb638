/*
 * Fields of a message's header (RFC 5322), as far as rules ask for them: from
 * bytes that a stranger wrote.
 */
#ifndef IMAPPUSHD_SESSION_HEADER_H
#define IMAPPUSHD_SESSION_HEADER_H

#include <stdbool.h>
#include <stddef.h>

/* The longest value that is looked at; what is longer is cut. */
#define HEADER_VALUE_MAX 2048

/* Takes the next field from *at on, which is behind it then: its name (length
 * bytes at the result) and its body, folded as it came (at *body, to *at). Null
 * at the end. Lines that are no field are passed over. */
const char *header_next(const char **at, const char *end, size_t *length,
                        const char **body);

/* The text of a field's body in value (NUL-terminated, HEADER_VALUE_MAX bytes
 * at most): unfolded, encoded words (RFC 2047) decoded to UTF-8, control
 * characters and blanks around it gone. A word in a character set that is not
 * known stays as it is. */
void header_text(const char *body, const char *end, char *value);

/* What stands between "<" and ">" in one entry of a list, or the entry, of a
 * field of addresses or a List-Id; *at is behind the entry then. False at the
 * end. Quotes and comments are passed over. */
bool header_address(const char **at, char *value);

#endif
