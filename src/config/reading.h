/*
 * One reading of the configuration, as the reading child knows it: the two
 * arenas that it fills and the complaints so far.
 *
 * Whoever reads does not check for memory. When an arena is full the rest goes
 * to the child's own heap, which nobody will ever look at: the configuration
 * is then given up as too large.
 */
#ifndef IMAPPUSHD_CONFIG_READING_H
#define IMAPPUSHD_CONFIG_READING_H

#include "base/arena.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

struct reading {
    struct config *config; /* the first object of the open arena */
    struct arena *open, *secret;
    const struct complaint **tail; /* where the next complaint is linked */
    struct complaint *too_large;   /* kept back for when there is no room */
    bool full;
    const struct staged *staged; /* take the place of files; null: none do */
    size_t staged_count;
};

/* Where something stands. */
struct place {
    const char *file;
    unsigned line; /* 0: the file as a whole */
};

/* -1 with errno if not even the beginning fits. */
int reading_start(struct reading *reading, struct arena *open,
                  struct arena *secret);

/* Zeroed memory from one of the arenas; never null. */
void *reading_take(struct reading *reading, struct arena *arena, size_t size)
    __attribute__((returns_nonnull));
char *reading_copy(struct reading *reading, struct arena *arena,
                   const char *text) __attribute__((returns_nonnull));

/* What takes the place of the file of that path; null for nothing. */
const struct staged *reading_staged(const struct reading *reading,
                                    const char *path);

/* Adds a complaint, cleaned of what a terminal should not see and cut if it is
 * very long. What is said here outlives the reading in every process: no push
 * URL, header or body may be part of it. */
void reading_error(struct reading *reading, struct place place,
                   const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void reading_warning(struct reading *reading, struct place place,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The last step: what is not complete or not right is not there. */
void reading_finish(struct reading *reading);

#endif
