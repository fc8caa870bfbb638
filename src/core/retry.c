#include "core/retry.h"

#include "base/clock.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define RETRY_AFTER_MAX_S 3600

static struct retry back_off(struct recipient *recipient,
                             const struct outcome *outcome, int64_t least_ms)
{
    struct retry retry = {.health = HEALTH_RETRYING};

    retry.wait_ms = backoff_next_ms(&recipient->backoff);
    if (outcome->retry_after_s > RETRY_AFTER_MAX_S)
        retry.wait_ms = HOUR_MS;
    else if (outcome->retry_after_s * 1000 > retry.wait_ms)
        retry.wait_ms = outcome->retry_after_s * 1000;
    if (retry.wait_ms < least_ms)
        retry.wait_ms = least_ms;
    return retry;
}

static struct retry probe(struct recipient *recipient)
{
    static const int64_t waits_ms[] = {10 * MINUTE_MS, HOUR_MS, 24 * HOUR_MS};
    int last = sizeof waits_ms / sizeof *waits_ms - 1;
    int which = recipient->row.probes < last ? recipient->row.probes : last;

    recipient->row.probes++;
    return (struct retry){.health = HEALTH_GONE,
                          .wait_ms =
                              clock_patience_ms("PROBE", waits_ms[which])};
}

static struct retry park(void)
{
    return (struct retry){.health = HEALTH_PARKED, .wait_ms = HOUR_MS};
}

/* Of the other kinds the owner wrote each word himself. */
static struct retry shrink(struct recipient *recipient)
{
    if (recipient->small || recipient->endpoint->kind != ENDPOINT_WEBPUSH)
        return park();
    recipient->small = true;
    return (struct retry){.health = HEALTH_RETRYING, .wait_ms = 1000};
}

static struct retry judge_status(struct recipient *recipient,
                                 const struct outcome *outcome)
{
    int status = outcome->status;

    if (status >= 200 && status <= 299) {
        recipient->backoff.tries = 0;
        recipient->row.probes = 0;
        return (struct retry){.paid = true, .health = HEALTH_OK};
    }
    switch (status) {
    case 404:
    case 410:
        return probe(recipient);
    case 408:
    case 429:
        return back_off(recipient, outcome, 1000);
    case 413:
        return shrink(recipient);
    case 507:
        return back_off(recipient, outcome, 5 * MINUTE_MS);
    default:
        if (status >= 500 && status <= 599)
            return back_off(recipient, outcome, 0);
        return park();
    }
}

struct retry retry_judge(struct recipient *recipient,
                         const struct outcome *outcome)
{
    switch (outcome->kind) {
    case OUTCOME_ANSWER:
        return judge_status(recipient, outcome);
    case OUTCOME_CERTIFICATE:
        return back_off(recipient, outcome, 15 * MINUTE_MS);
    case OUTCOME_REFUSED:
        return park();
    default:
        return back_off(recipient, outcome, 0);
    }
}
