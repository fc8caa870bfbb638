/*
 * How long to wait before the next try: full jitter, so that many clients of
 * a server that comes back do not come back together.
 */
#ifndef IMAPPUSHD_BASE_BACKOFF_H
#define IMAPPUSHD_BASE_BACKOFF_H

#include <stdint.h>

struct backoff {
    int64_t base_ms; /* the first wait is at most this */
    int64_t cap_ms;  /* no wait is longer */
    unsigned tries;  /* failures since the last success; zero resets */
};

/* A random wait between 0 and min(cap, base * 2^tries); counts a failure. */
int64_t backoff_next_ms(struct backoff *backoff);

/* A random number in [0, below), below > 0. */
int64_t backoff_random(int64_t below);

#endif
