/*
 * The one series of versions (invariant 1): microseconds since 1970, growing
 * with every event, whatever happens to the clock, the box or the ledger. Pure
 * but for the clocks that the caller reads.
 *
 * A phone keeps the highest version it has seen and drops everything else
 * without a word, so one version too high mutes it for good, and so does one
 * too low. Hence the calendar counts only while it is trusted: while the
 * kernel calls it synchronised, or a witness outside (the time of a delivery,
 * the Date of a verified answer) agreed with it within ten minutes and it has
 * not been stepped since.
 */
#ifndef IMAPPUSHD_CORE_VERSION_H
#define IMAPPUSHD_CORE_VERSION_H

#include <stdbool.h>
#include <stdint.h>

/* Phones compare versions as doubles: from 2^53 on neighbours look equal. */
#define VERSION_MAX ((INT64_C(1) << 53) - 1)

struct version_series {
    int64_t
        last; /* the highest ever assigned; 0: none, or the ledger is lost */
    bool witnessed;
    int64_t witnessed_offset_us; /* of the calendar to boot time, back then */
    int64_t said_us; /* what a witness said beyond the calendar, less boot time;
                        0: none */
};

/* What the clocks say at one moment. */
struct version_clock {
    int64_t realtime_us;
    int64_t boottime_us;
    bool synchronised;
};

void version_read_clock(struct version_clock *clock);

/* Somebody outside said what time it is. An agreement is remembered; a
 * disagreement says nothing: either may be wrong. */
void version_witness(struct version_series *series,
                     const struct version_clock *clock, int64_t witness_us);

bool version_is_trusted(const struct version_series *series,
                        const struct version_clock *clock);

/* The version of a new event, witness_us being the time of its delivery (0 for
 * unknown). 0: it has to be held until the calendar can be trusted, because
 * nothing tells what was sent before. -1: the series has come to its end, by a
 * calendar that was trusted and wrong; only new endpoints heal that. */
int64_t version_next(struct version_series *series,
                     const struct version_clock *clock, int64_t witness_us);

#endif
