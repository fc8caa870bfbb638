/*
 * The name that a mailbox had before it was renamed: OLDNAME, in the extended
 * data of a LIST response (RFC 5465 section 5.4, RFC 5258 section 6), where
 * libetpan's grammar has ended already.
 */
#ifndef IMAPPUSHD_SESSION_OLDNAME_H
#define IMAPPUSHD_SESSION_OLDNAME_H

#include <stdbool.h>
#include <stddef.h>

/* Where a LIST response's extended data begins, "(" included; `at` is behind
 * the word LIST. Null where there is none. */
const char *oldname_find(const char *at, const char *end);

/* Takes the old name from extended data, in UTF-8 with INBOX folded; false
 * where there is none that can be read. */
bool oldname_take(const char *extended, const char *end, char *name,
                  size_t size);

#endif
