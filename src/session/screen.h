/*
 * The allow-list in front of the parser (invariant 10).
 *
 * libetpan crashes on some well-known lines, wraps numbers modulo 2^32 and
 * recurses without bound; none of that can happen on what passes here.
 */
#ifndef IMAPPUSHD_SESSION_SCREEN_H
#define IMAPPUSHD_SESSION_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCREEN_NESTING_MAX 16

struct screened {
    const char *word;  /* "EXISTS", from our own list; null: not on it */
    int64_t number;    /* the one before the word; -1: none */
    const char *after; /* the first byte after the word */
    bool safe;         /* may be given to the parser */
};

/* Looks at a data reply ("* ...") of length bytes. */
struct screened screen(const char *raw, size_t length);

#endif
