/*
 * Where a loaded configuration lives.
 *
 * The files are read in a child of their own (config/config.h), because
 * libconfig, like any parser, strews copies of what it reads over the heap:
 * in the core these would be inherited by every session, push URLs and all.
 * An arena is a mapping that the reading child fills and the parent keeps:
 * shared until it is sealed, at the same address in both, so that pointers
 * inside it hold. Sealing turns it into private, read-only memory; a secret
 * one is also wiped in forked children and left out of core dumps.
 */
#ifndef IMAPPUSHD_BASE_ARENA_H
#define IMAPPUSHD_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Reserves size bytes of address space (memory is used as it is filled). */
struct arena *arena_create(size_t size);
void arena_destroy(struct arena **arena);

/* Zeroed and aligned for any object; null when the arena is full. */
void *arena_take(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *text);

/* The first object that was taken; null if there is none. */
void *arena_first(struct arena *arena);

/* After this no process can change it, and with secret no child can see it.
 * 0, or -1 with errno; the arena is destroyed then. */
int arena_seal(struct arena **arena, bool secret);

#endif
