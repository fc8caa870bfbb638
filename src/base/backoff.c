#include "base/backoff.h"

#include <stdlib.h>
#include <sys/random.h>

int64_t backoff_random(int64_t below)
{
    uint64_t bits;

    if (getrandom(&bits, sizeof bits, 0) != sizeof bits)
        abort(); /* cannot fail for so few bytes once the system is up */
    return (int64_t)(bits % (uint64_t)below);
}

int64_t backoff_next_ms(struct backoff *backoff)
{
    int64_t most = backoff->base_ms;

    for (unsigned i = 0; i < backoff->tries && most < backoff->cap_ms; i++)
        most *= 2;
    if (most > backoff->cap_ms)
        most = backoff->cap_ms;
    backoff->tries++;
    return backoff_random(most + 1);
}
