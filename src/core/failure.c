#include "core/failure.h"

#include "base/log.h"

#include <stdio.h>

static void describe_wait(int64_t wait_ms, char *text, size_t size)
{
    if (wait_ms < 120000)
        snprintf(text, size, "%lld s", (long long)(wait_ms + 999) / 1000);
    else if (wait_ms < 7200000)
        snprintf(text, size, "%lld min", (long long)wait_ms / 60000);
    else
        snprintf(text, size, "%lld h", (long long)wait_ms / 3600000);
}

static const char *meaning_of(const struct outcome *outcome,
                              const struct retry *retry)
{
    switch (outcome->kind == OUTCOME_ANSWER ? outcome->status : 0) {
    case 404:
    case 410:
        return " (this push URL is gone; the phone has to register anew)";
    case 401:
    case 403:
        return " (it does not accept who we are)";
    case 405:
        return " (it does not take this method; is it a Web Push URL?)";
    case 413:
        return retry->health == HEALTH_RETRYING
                   ? " (too large for it; it gets no texts any more)"
                   : " (the request is too large for it)";
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return " (a redirect, which is not followed; correct the URL)";
    default:
        return "";
    }
}

void failure_log(const struct recipient *recipient,
                 const struct outcome *outcome, const struct retry *retry)
{
    char wait[32], status[32];
    bool answered = outcome->kind == OUTCOME_ANSWER;
    bool again = recipient->row.health == retry->health &&
                 recipient->row.last_status == outcome->status;

    describe_wait(retry->wait_ms, wait, sizeof wait);
    snprintf(status, sizeof status, "answered %d", outcome->status);
    log_write(again ? LOG_DEBUG : LOG_WARNING, "%s: %s %s%s; retrying in %s",
              recipient->endpoint->name, recipient->endpoint->label,
              answered ? status : outcome->text, meaning_of(outcome, retry),
              wait);
}
