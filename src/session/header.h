/*
 * Fields of a message's header (RFC 5322), as far as rules ask for them: from
 * bytes that a stranger wrote.
 */
#ifndef IMAPPUSHD_SESSION_HEADER_H
#define IMAPPUSHD_SESSION_HEADER_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/* Takes the next field from *at on, which is behind it then: its name (length
 * bytes at the result) and its body, folded as it came (at *body, to *at). Null
 * at the end. Lines that are no field are passed over. */
const char *header_next(const char **at, const char *end, size_t *length,
                        const char **body);

/*
 * Both take what a field's body says into a buffer, which is emptied before:
 * NUL-terminated UTF-8 without control characters, as much as its maximum has
 * room for.
 */

/* The whole: unfolded, encoded words (RFC 2047) decoded, each run of blanks one
 * blank, and none around it. A word in a character set that is not known stays
 * as it is. */
void header_text(const char *body, const char *end, struct buffer *text);

/* The next entry of a list of addresses, or of a List-Id: what stands between
 * "<" and ">", or else the entry, without blanks, quotes and comments. *body is
 * behind the entry then; false at the end. Encoded words are not looked into:
 * they never are a part of an address, but may say anything. */
bool header_address(const char **body, const char *end, struct buffer *address);

/* The sender that a From field names first, for people: the name in front of
 * "<", encoded words decoded (also in quotes, where they should not be), or the
 * address where there is no name, or where the name would pass for an address
 * itself. */
void header_sender(const char *body, const char *end, struct buffer *sender);

#endif
