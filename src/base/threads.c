#include "base/threads.h"

#include <malloc.h>
#include <pthread.h>
#include <stddef.h>

#define THREAD_STACK ((size_t)1024 * 1024)

void threads_make_small(void)
{
    pthread_attr_t attributes;

    mallopt(M_ARENA_MAX, 1);
    if (pthread_attr_init(&attributes))
        return;
    if (pthread_attr_setstacksize(&attributes, THREAD_STACK) == 0)
        pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
}
