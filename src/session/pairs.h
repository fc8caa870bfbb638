/*
 * A list of names and values, as METADATA (RFC 5464 section 4.4) and FETCH have
 * it: "(name value name value ...)", in bytes that may be anything. For what
 * libetpan does not know, and for values that are wanted as they stand.
 */
#ifndef IMAPPUSHD_SESSION_PAIRS_H
#define IMAPPUSHD_SESSION_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

/* One value; its bytes are in the reply, between begin and end. */
struct pair {
    const char *name;
    size_t name_length;
    const char *value;
    size_t length;
    bool is_string; /* quoted or a literal; else an atom or a list */
};

/* Steps into the list that begins at *at or behind the token there (a mailbox);
 * false where there is none. */
bool pairs_enter(const char **at, const char *end);

/* Takes the next pair; false at the end, and for what is none. The backslashes
 * of a quoted string are still there. */
bool pairs_next(const char **at, const char *end, struct pair *pair);

/* Is that its name, whatever the case of letters? */
bool pairs_is(const struct pair *pair, const char *name);

#endif
