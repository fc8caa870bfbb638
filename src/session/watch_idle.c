#include "session/listing.h"
#include "session/mailbox.h"
#include "session/watch.h"

#include "base/clock.h"

/* The polled mailboxes, between two IDLEs. */
static int poll_others(struct session *session, struct idle *idle,
                       struct watch_due *due, struct error *err)
{
    if (idle_leave(session, idle, err) < 0 ||
        watch_survey(session, false, err) < 0)
        return -1;
    watch_plan_poll(session, due);
    int refused = idle_look(session, idle, err); /* who was away must look */

    if (refused == 0)
        watch_report_proof(session, due, PROOF_POLLED);
    return refused;
}

static int refresh(struct session *session, struct idle *idle,
                   struct watch_due *due, struct error *err)
{
    bool all = watch_misses(session);

    if ((!selection_is_plain(session->account) || all) &&
        (idle_leave(session, idle, err) < 0 || listing_check(session, err) < 0))
        return -1;
    if (all && watch_survey(session, true, err) < 0)
        return -1;
    watch_prove(session);
    int ended = idle_look(session, idle, err);

    if (ended == 0)
        ended = watch_proven(session, err);
    if (ended > 0 && idle_leave(session, idle, err) < 0)
        ended = -1;
    watch_plan_refresh(session, due);
    if (ended == 0)
        watch_report_proof(session, due,
                           all && session->plan->lead ? PROOF_ALL : PROOF_OWN);
    return ended;
}

/* One round: waits, and does what came up. */
static int turn(struct session *session, struct idle *idle,
                struct watch_due *due, struct error *err)
{
    if (session->dialogue.view.hint)
        return idle_look(session, idle, err);
    if (watch_registers(session, due))
        return watch_register(session, idle, due, err);
    if (watch_has_guests(session, due))
        return watch_guests(session, idle, due, err);
    int event = watch_wait(session, idle, due, watch_next(due), err);

    if (event != WATCH_DUE)
        return event;
    if (due->poll_ms <= clock_boottime_ms())
        return poll_others(session, idle, due, err);
    return refresh(session, idle, due, err);
}

int watch_by_idle(struct session *session, struct error *err)
{
    struct idle idle = {0};
    struct watch_due due;
    int refused;

    session->watch = WATCH_IDLE;
    watch_plan_refresh(session, &due);
    watch_plan_poll(session, &due);
    if (watch_open_own(session, err) < 0)
        return -1;
    refused = idle_enter(session, &idle, err);
    if (refused != 0)
        return refused;
    watch_plan_register(session, &due);
    watch_plan_guests(session, &due);
    watch_report(session, WATCH_IDLE, &due);
    do {
        refused = turn(session, &idle, &due, err);
    } while (refused == 0);
    return refused;
}
