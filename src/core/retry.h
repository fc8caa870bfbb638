/*
 * What follows from an outcome. Pure: the table in one place.
 */
#ifndef IMAPPUSHD_CORE_RETRY_H
#define IMAPPUSHD_CORE_RETRY_H

#include "base/request.h"
#include "core/recipient.h"

struct retry {
    bool paid;
    enum health health;
    int64_t wait_ms; /* before the next try, unless paid */
};

/*
 * 2xx (delivered, or stored): paid. 429, 408, 5xx and no answer at all: backed
 * off for ever, heeding Retry-After up to an hour; 507 (ntfy: nobody has
 * subscribed yet): from five minutes. 404 and 410: gone, probed after ten
 * minutes, an hour, then daily, because a proxy says 404 as well while what
 * is behind it restarts. A wrong certificate: every 15 minutes. 413 of a Web
 * Push service: once more, in small, and so from then on. All else (redirects
 * included: they are never followed): parked, tried hourly and at the next
 * event; a new token for a 401 or 403 would be the same one until the clock is
 * another. Counts the failure in recipient's backoff and probes.
 */
struct retry retry_judge(struct recipient *recipient,
                         const struct outcome *outcome);

#endif
