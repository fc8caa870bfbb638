#include "session/session.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "session/connect.h"
#include "session/link.h"
#include "session/listing.h"
#include "session/login.h"
#include "session/secret.h"
#include "session/watch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MS 30000

/* Password commands and name lookups bound themselves, more or less. */
#define SECRET_MS 45000
#define LOOKUP_MS 60000

/* A better way to watch is tried again after an hour, then two, up to a day. */
#define CLIMB_MS 3600000
#define CLIMBS_DOUBLED 4

static void init(struct session *session, const struct plan *plan, int link)
{
    *session = (struct session){.plan = plan,
                                .account = plan->account,
                                .link = link,
                                .scratch = record_create(false),
                                .climb_ms = CLOCK_NEVER};
}

/* The way from a name to a socket, with the sandbox closed in between. */
static int connect_to_host(struct session *session, struct error *err)
{
    const struct account *account = session->account;
    const struct sandbox sandbox = {.readable = account->ca_file};

    link_promise(session, LOOKUP_MS);
    struct addrinfo *addresses =
        connect_lookup(account->host, account->port, err);

    if (!addresses)
        return -1;
    sandbox_stranger(&sandbox);
    link_promise(session, CONNECT_MS + LINK_MARGIN_MS);
    int fd = connect_race(addresses, account->tls == ACCOUNT_TLS_NONE,
                          clock_patience_ms("ANSWER", CONNECT_MS), err);

    freeaddrinfo(addresses);
    if (fd < 0) {
        error_prefix(err, "%s port %u: ", account->host, account->port);
        return -1;
    }
    stream_init(&session->stream, fd, session->link);
    dialogue_init(&session->dialogue, &session->stream);
    return 0;
}

/* ---- the ladder ---- */

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

/* Down the ladder as far as the server's refusals go, and up again later. */
static void watch_for_ever(struct session *session, struct error *err)
{
    const struct rules rules = {.deliveries_only =
                                    session->account->deliveries_only};
    enum watch best = best_offer(session), way = best;
    int ended;

    rules_attributes(&rules, session->capabilities & CAPABILITY_SAVEDATE,
                     session->capabilities & CAPABILITY_OBJECTID,
                     session->attributes, sizeof session->attributes);
    if (report_mailboxes(session, err) < 0)
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

void session_run(const struct plan *plan, int link)
{
    static struct session session;
    struct buffer secret;
    struct error err = {0};

    log_set_subject(plan->account->name);
    init(&session, plan, link);
    link_promise(&session,
                 clock_patience_ms("COMMAND", SECRET_MS) + LINK_MARGIN_MS);
    buffer_init(&secret, SECRET_MAX);
    if (secret_get(plan->account, &secret, &err) == 0 &&
        connect_to_host(&session, &err) == 0 &&
        login(&session, &secret, &err) == 0)
        watch_for_ever(&session, &err);
    buffer_finish(&secret);
    link_end(&session, &err);
}
