#include "core/due.h"

#include "base/clock.h"
#include "base/quiet.h"

/* When quiet hours end, on clock_boottime_ms(); 0 outside of them. Asked again
 * whenever something is looked at, so that a step of the calendar counts. */
static int64_t quiet_end_ms(const struct endpoint *endpoint)
{
    if (endpoint->quiet_count == 0)
        return 0;
    int64_t now_ms = clock_realtime_us() / 1000;
    int64_t end_ms =
        quiet_until(endpoint->quiet, endpoint->quiet_count, now_ms / 1000) *
        1000;

    return end_ms > now_ms ? clock_boottime_ms() + end_ms - now_ms : 0;
}

bool due_has_version(const struct recipient *recipient)
{
    return recipient_is_owed(recipient) && recipient->durable;
}

int64_t due_ms(const struct recipient *recipient)
{
    bool is_news = due_has_version(recipient);
    int64_t at_ms = recipient->next_ms;
    int64_t spaced_ms =
        recipient->sent_ms + recipient->endpoint->min_interval_s * 1000LL;

    if ((!is_news && !recipient->sign) || recipient->in_flight)
        return CLOCK_NEVER;
    if (is_news && recipient->trial.version > recipient->tried)
        return recipient->trial.next_ms; /* a person waits for it */
    int64_t quiet_ms = 0;

    if (is_news || recipient->endpoint->kind != ENDPOINT_NTFY)
        quiet_ms = quiet_end_ms(recipient->endpoint); /* something is shown */
    if (recipient->row.health == HEALTH_PARKED &&
        recipient->row.assigned > recipient->tried)
        at_ms = 0; /* a new event is worth a try */
    if (recipient->sent_ms && spaced_ms > at_ms)
        at_ms = spaced_ms;
    return quiet_ms > at_ms ? quiet_ms : at_ms;
}
