/*
 * Chance that can be had again: a test that rolls dice prints its seed first,
 * and IMAPPUSHD_TEST_SEED in the environment sets it.
 */
#ifndef IMAPPUSHD_TESTS_CHANCE_H
#define IMAPPUSHD_TESTS_CHANCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include <cmocka.h>

struct chance {
    uint64_t state;
};

static inline struct chance chance_begin(void)
{
    const char *wish = getenv("IMAPPUSHD_TEST_SEED");
    uint32_t seed;

    if (wish)
        seed = (uint32_t)strtoul(wish, NULL, 10);
    else
        assert_int_equal(getrandom(&seed, sizeof seed, 0), sizeof seed);
    print_message("IMAPPUSHD_TEST_SEED=%lu\n", (unsigned long)seed);
    fflush(stdout); /* the next thing may be a crash */
    return (struct chance){seed};
}

/* splitmix64, by Sebastiano Vigna, in the public domain */
static inline uint64_t chance_bits(struct chance *chance)
{
    uint64_t bits = chance->state += 0x9e3779b97f4a7c15;

    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    return bits ^ bits >> 31;
}

/* 0 to below - 1 */
static inline size_t chance_below(struct chance *chance, size_t below)
{
    return (size_t)(chance_bits(chance) % below);
}

static inline void chance_fill(struct chance *chance, void *bytes, size_t count)
{
    unsigned char *at = bytes;

    while (count-- > 0)
        *at++ = (unsigned char)chance_bits(chance);
}

#endif
