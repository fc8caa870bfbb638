#include "core/alive.h"

#include "base/clock.h"

/* How long after the last sign the next one is due. One that puts something
 * off has a second chance before that is shown. */
static int64_t interval_ms(const struct endpoint *endpoint)
{
    int64_t ms = clock_patience_ms("ALIVE", endpoint->alive_s * INT64_C(1000));

    return endpoint->kind == ENDPOINT_NTFY ? ms / 2 : ms;
}

/* Is something on its way that will be a sign, or a failure to give one? */
static bool is_busy(const struct recipient *recipient)
{
    bool counts = recipient->endpoint->kind != ENDPOINT_NTFY;

    return recipient->sign ||
           (counts && (recipient->row.held || recipient_is_owed(recipient)));
}

static void mark(struct outbox *outbox, struct recipient *recipient)
{
    if (recipient->endpoint->kind == ENDPOINT_PUT)
        outbox_sign(outbox, recipient);
    else
        recipient->sign = true;
}

int64_t alive_run(struct outbox *outbox, const struct roster *roster,
                  int64_t now_ms)
{
    int64_t next_ms = CLOCK_NEVER;
    size_t count;
    struct recipient *recipients = outbox_recipients(outbox, &count);

    for (size_t i = 0; i < count; i++) {
        struct recipient *recipient = &recipients[i];
        const struct endpoint *endpoint = recipient->endpoint;

        if (endpoint->alive_s == 0 || !roster_watches(roster, endpoint)) {
            recipient->sign = false;
            continue;
        }
        if (is_busy(recipient))
            continue;
        int64_t due_ms =
            recipient->sign_ms ? recipient->sign_ms + interval_ms(endpoint) : 0;

        if (due_ms > now_ms)
            next_ms = due_ms < next_ms ? due_ms : next_ms;
        else
            mark(outbox, recipient);
    }
    return next_ms;
}
