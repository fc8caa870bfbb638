/*
 * Stepping over what a data reply is made of (RFC 3501 section 9): atoms,
 * strings and lists, in bytes that may be anything. Nothing is copied, and end
 * is never passed.
 */
#ifndef IMAPPUSHD_SESSION_TOKEN_H
#define IMAPPUSHD_SESSION_TOKEN_H

#include <stdint.h>

const char *token_skip_spaces(const char *at, const char *end);

/* Takes a number of at most 32 bits; -1 when there is none or it is too large.
 * at is behind its digits then. */
int64_t token_number(const char **at, const char *end);

/* Steps over a quoted string or a literal, which begins at `at`; null where it
 * does not end. */
const char *token_skip_string(const char *at, const char *end);

/* Steps over a string, an atom, or a list with all that is in it; null where
 * there is none that ends. */
const char *token_skip(const char *at, const char *end);

/* What a string or atom stands for: in place, without its quotes or the head of
 * its literal. The token has to end where its memory does, with a NUL. */
char *token_unquote(char *token);

#endif
