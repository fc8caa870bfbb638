#include "base/arena.h"

#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 16

struct arena {
    size_t size; /* of the mapping */
    size_t used; /* this header included */
};

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

struct arena *arena_create(size_t size)
{
    struct arena *arena =
        mmap(NULL, size, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (arena == MAP_FAILED)
        return NULL;
    *arena = (struct arena){.size = size, .used = aligned(sizeof *arena)};
    return arena;
}

void arena_destroy(struct arena **arena)
{
    if (*arena)
        munmap(*arena, (*arena)->size);
    *arena = NULL;
}

void *arena_take(struct arena *arena, size_t size)
{
    if (size > arena->size - arena->used ||
        aligned(size) > arena->size - arena->used)
        return NULL;
    void *memory = (char *)arena + arena->used;

    arena->used += aligned(size);
    return memory;
}

char *arena_copy(struct arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = arena_take(arena, size);

    return copy ? memcpy(copy, text, size) : NULL;
}

void *arena_first(struct arena *arena)
{
    size_t head = aligned(sizeof *arena);

    return arena->used > head ? (char *)arena + head : NULL;
}

/* The private copy takes the place of the shared mapping, address for address;
 * the bytes wait meanwhile in a second mapping, wiped afterwards. */
int arena_seal(struct arena **arena, bool secret)
{
    size_t size = (*arena)->size, used = (*arena)->used;
    void *home = *arena;
    void *copy = mmap(NULL, used, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (copy == MAP_FAILED) {
        arena_destroy(arena);
        return -1;
    }
    memcpy(copy, home, used);
    explicit_bzero(home, used); /* the reader may still have it mapped */
    home = mmap(home, size, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    int result = home == MAP_FAILED ? -1 : 0;

    if (result == 0 && secret)
        result = madvise(home, size, MADV_WIPEONFORK) ||
                         madvise(home, size, MADV_DONTDUMP)
                     ? -1
                     : 0;
    if (result == 0) {
        memcpy(home, copy, used);
        mprotect(home, size, PROT_READ);
    }
    explicit_bzero(copy, used);
    munmap(copy, used);
    if (result < 0)
        arena_destroy(arena);
    return result;
}
