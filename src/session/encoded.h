/*
 * Encoded words: what a header says in other letters than those of ASCII (RFC
 * 2047), "=?utf-8?Q?=C3=84rger?=".
 */
#ifndef IMAPPUSHD_SESSION_ENCODED_H
#define IMAPPUSHD_SESSION_ENCODED_H

#include "base/buffer.h"

#include <stddef.h>

/* Where its parts lie. */
struct encoded {
    const char *charset; /* without a language (RFC 2231 section 5) */
    size_t charset_length;
    char way; /* 'B' or 'Q' */
    const char *text, *text_end;
};

/* Looks at what begins at `at`: what is behind the word; null where there is
 * none, or one in a set that cannot be converted here. */
const char *encoded_find(const char *at, const char *end, struct encoded *word);

/* Adds the bytes that its text stands for, in its own set. */
void encoded_decode(const struct encoded *word, struct buffer *bytes);

#endif
