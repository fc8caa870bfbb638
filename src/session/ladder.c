#include "session/ladder.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "session/link.h"
#include "session/listing.h"
#include "session/rules.h"
#include "session/search.h"
#include "session/watch.h"

/* A better way to watch is tried again after an hour, then two, up to 16. */
#define CLIMB_MS 3600000
#define CLIMBS_DOUBLED 4

static enum watch best_offer(const struct session *session)
{
    enum watch wish = session->account->watch;

    if (wish == WATCH_POLL)
        return WATCH_POLL;
    if (session->plan->lead && (session->capabilities & CAPABILITY_NOTIFY) &&
        (session->capabilities & CAPABILITY_IDLE) && wish != WATCH_IDLE)
        return WATCH_NOTIFY;
    return session->capabilities & CAPABILITY_IDLE ? WATCH_IDLE : WATCH_POLL;
}

static void report_offer(struct session *session, enum watch offer)
{
    struct report report = {.type = REPORT_OFFER, .watch = offer};

    if (!session->plan->lead)
        return;
    link_report(session, &report, 0);
    if (session->account->watch == WATCH_NOTIFY && offer != WATCH_NOTIFY)
        log_warning("the server does not offer NOTIFY together with IDLE; "
                    "watching by %s",
                    watch_name(offer));
}

/* The lead says what there is to watch, and the core answers with orders. */
static int report_mailboxes(struct session *session, struct error *err)
{
    struct selection selection = {0};
    int result = 0;

    if (session->plan->lead)
        result = listing_take(session, &selection, err);
    for (size_t i = 0; i < selection.count && result == 0; i++) {
        struct report report = {.type = REPORT_MAILBOX,
                                .mailbox = selection.list[i].name};

        link_report(session, &report, 0);
    }
    selection_finish(&selection);
    return result;
}

static int watch_by(struct session *session, enum watch way, struct error *err)
{
    switch (way) {
    case WATCH_NOTIFY:
        return watch_by_notify(session, err);
    case WATCH_IDLE:
        return watch_by_idle(session, err);
    default:
        return watch_by_poll(session, err);
    }
}

/* The next way down, for a while. */
static enum watch step_down(struct session *session, enum watch way)
{
    unsigned doubled = session->downs++;

    if (doubled > CLIMBS_DOUBLED)
        doubled = CLIMBS_DOUBLED;
    session->climb_ms =
        clock_boottime_ms() + (clock_patience_ms("CLIMB", CLIMB_MS) << doubled);
    return way + 1;
}

enum watch ladder_begin(struct session *session)
{
    const struct rules rules = {.account = session->account,
                                .deliveries_only =
                                    session->account->deliveries_only};

    session->climb_ms = CLOCK_NEVER;
    rules_attributes(&rules, session->capabilities & CAPABILITY_SAVEDATE,
                     session->capabilities & CAPABILITY_OBJECTID,
                     session->attributes, sizeof session->attributes);
    search_begin(session);
    if (session->account->show_headers)
        session->heads = xcalloc(1, sizeof *session->heads);
    return best_offer(session);
}

void ladder_watch(struct session *session, struct error *err)
{
    enum watch best = ladder_begin(session), way = best;
    int ended;

    if (report_mailboxes(session, err) < 0 || listing_learn(session, err) < 0)
        return;
    report_offer(session, way);
    watch_await_order(session);
    while ((ended = watch_by(session, way, err)) > 0) {
        if (ended == WATCH_UP) {
            way = best;
            session->climb_ms = CLOCK_NEVER;
            log_info("trying again to watch by %s", watch_name(way));
        } else {
            way = step_down(session, way);
            log_info("%s; watching by %s instead", err->text, watch_name(way));
        }
        report_offer(session, way);
        if (session->plan->lead)
            watch_await_order(session);
    }
}
