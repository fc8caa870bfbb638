#include "courier/memory.h"

#include <curl/curl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

void memory_wipe(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

/* realloc() may leave the old copy behind, so the move is ours. */
static void *move(void *old, size_t size)
{
    void *memory = malloc(size);

    if (memory && old) {
        size_t had = malloc_usable_size(old);

        memcpy(memory, old, had < size ? had : size);
        memory_wipe(old);
    }
    return memory;
}

int memory_start_curl(void)
{
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, memory_wipe, move,
                                strdup, calloc) == CURLE_OK
               ? 0
               : -1;
}

void *memory_needed(void *pointer)
{
    if (!pointer)
        _exit(EX_OSERR);
    return pointer;
}
