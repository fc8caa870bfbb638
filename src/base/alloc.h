/*
 * Memory that cannot run out: each of these ends the process when the system
 * has no memory left, so that no caller has to think about it. A session that
 * ends this way is restarted by the core like one that crashed.
 */
#ifndef IMAPPUSHD_BASE_ALLOC_H
#define IMAPPUSHD_BASE_ALLOC_H

#include <stddef.h>

/* Zeroed memory for count objects of size bytes; free with free(). */
void *xcalloc(size_t count, size_t size)
    __attribute__((returns_nonnull, malloc));

/* realloc() for count objects; a product that overflows ends the process. */
void *xreallocarray(void *old, size_t count, size_t size)
    __attribute__((returns_nonnull));

char *xstrdup(const char *text) __attribute__((returns_nonnull, malloc));

char *xasprintf(const char *format, ...)
    __attribute__((returns_nonnull, malloc, format(printf, 1, 2)));

#endif
