#include "core/version.h"

#include "base/clock.h"

#define AGREEMENT_US (INT64_C(600) * 1000000)

void version_read_clock(struct version_clock *clock)
{
    clock->realtime_us = clock_realtime_us();
    clock->boottime_us = clock_boottime_ms() * 1000;
    clock->synchronised = clock_is_synchronised();
}

static bool agree(int64_t a_us, int64_t b_us)
{
    int64_t apart_us = a_us > b_us ? a_us - b_us : b_us - a_us;

    return apart_us <= AGREEMENT_US;
}

void version_witness(struct version_series *series,
                     const struct version_clock *clock, int64_t witness_us)
{
    if (witness_us <= 0 || !agree(witness_us, clock->realtime_us))
        return;
    series->witnessed = true;
    series->witnessed_offset_us = clock->realtime_us - clock->boottime_us;
    if (witness_us > clock->realtime_us &&
        witness_us - clock->boottime_us > series->said_us)
        series->said_us = witness_us - clock->boottime_us;
}

bool version_is_trusted(const struct version_series *series,
                        const struct version_clock *clock)
{
    return clock->synchronised ||
           (series->witnessed &&
            agree(series->witnessed_offset_us + clock->boottime_us,
                  clock->realtime_us));
}

int64_t version_next(struct version_series *series,
                     const struct version_clock *clock, int64_t witness_us)
{
    int64_t next = series->last + 1;

    version_witness(series, clock, witness_us);
    if (version_is_trusted(series, clock)) {
        if (clock->realtime_us > next)
            next = clock->realtime_us;
        /* a slow calendar: a witness may have lifted a version above it, and
         * the ledger may have been lost since */
        if (!clock->synchronised && series->said_us &&
            series->said_us + clock->boottime_us > next)
            next = series->said_us + clock->boottime_us;
        if (witness_us > next && agree(witness_us, clock->realtime_us))
            next = witness_us;
    } else if (series->last == 0) {
        return 0;
    }
    if (next > VERSION_MAX)
        return -1;
    series->last = next;
    return next;
}
