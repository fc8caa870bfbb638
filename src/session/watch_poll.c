#include "session/expiry.h"
#include "session/link.h"
#include "session/listing.h"
#include "session/mailbox.h"
#include "session/watch.h"

#include "base/clock.h"

/* NOOP lets the server take note of what is new; only then does the FETCH see
 * it. Not in one write: Dovecot does the FETCH first. */
static int look(struct session *session, struct error *err)
{
    struct buffer batch;

    do {
        link_stay_alive(session);
        tag_number noop = dialogue_command(&session->dialogue, err, "NOOP");

        if (!noop || mailbox_finish(session, noop, err) < 0)
            return -1;
        link_stay_alive(session);
        buffer_init(&batch, SIZE_MAX / 2);
        tag_number fetch = mailbox_add_fetch(session, &batch);

        if (dialogue_send(&session->dialogue, &batch, err) < 0 ||
            mailbox_take_fetch(session, fetch, err) < 0)
            return -1;
    } while (session->dialogue.view.hint);
    return 0;
}

static int turn(struct session *session, struct watch_due *due,
                struct error *err)
{
    if (watch_registers(session, due))
        return watch_register(session, NULL, due, err);
    if (watch_has_guests(session, due))
        return watch_guests(session, NULL, due, err);
    switch (expiry_wait(session, watch_next(due), err)) {
    case -1:
        return -1;
    case STREAM_READABLE:
        return mailbox_listen(session, 0, err); /* a BYE, perhaps */
    case STREAM_ORDER:
        watch_take_orders(session, due);
        return 0;
    case STREAM_TIME:
        break;
    }
    if (watch_has_guests(session, due))
        return 0;

    bool all = due->refresh_ms <= clock_boottime_ms() && session->plan->lead;

    if (listing_check(session, err) < 0 || look(session, err) < 0 ||
        watch_survey(session, all, err) < 0)
        return -1;
    watch_plan_refresh(session, due);
    watch_plan_poll(session, due);
    watch_report_proof(session, due, all ? PROOF_ALL : PROOF_POLLED);
    return session->climb_ms <= clock_boottime_ms() ? WATCH_UP : 0;
}

int watch_by_poll(struct session *session, struct error *err)
{
    struct watch_due due;
    int ended;

    session->watch = WATCH_POLL;
    watch_plan_refresh(session, &due);
    watch_plan_poll(session, &due);
    if (watch_open_own(session, err) < 0)
        return -1;
    watch_plan_register(session, &due);
    watch_plan_guests(session, &due);
    watch_report(session, WATCH_POLL, &due);
    do {
        ended = turn(session, &due, err);
    } while (ended == 0);
    return ended;
}
