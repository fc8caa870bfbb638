/*
 * Pushes that a person asks for, to see whether they arrive. They are real: the
 * next version of the one series, committed before it is sent, and owed until
 * it is accepted.
 */
#include "core/outbox_private.h"

#include "base/clock.h"

int64_t outbox_try(struct outbox *outbox, struct recipient *recipient)
{
    bool alone = !recipient_is_owed(recipient) && !recipient->row.held;
    struct version_clock clock;

    version_read_clock(&clock);
    int64_t version = version_next(&outbox->series, &clock, 0);

    if (version <= 0)
        return version;
    if (alone)
        outbox_address(recipient, false, "", "");
    recipient->row.assigned = version;
    recipient->row.held = false;
    recipient->durable = false;
    recipient->dirty = true;
    recipient->trial = (struct trial){.version = version, .alone = alone};
    outbox->urgent = true;
    return version;
}

int64_t outbox_reserve(struct outbox *outbox)
{
    struct version_clock clock;

    version_read_clock(&clock);
    int64_t version = version_next(&outbox->series, &clock, 0);

    if (version <= 0)
        return version;
    outbox_commit(outbox, clock_boottime_ms());
    return outbox->ledger || version_is_trusted(&outbox->series, &clock)
               ? version
               : 0;
}
