#include "session/watch.h"

#include "base/backoff.h"
#include "base/clock.h"
#include "session/link.h"
#include "session/mailbox.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The core allows this much on top of what is due, for the answers. */
#define GRACE_MS 150000

/* How far the looks that the core orders are spread. */
#define STAGGER_MS 5000

static bool polls(const struct session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        if (session->watched[i].polled)
            return true;
    }
    return session->watch == WATCH_POLL;
}

void watch_plan_refresh(struct session *session, struct watch_due *due)
{
    due->refresh_ms =
        clock_boottime_ms() + session->account->refresh_interval_s * 1000LL;
}

void watch_plan_poll(struct session *session, struct watch_due *due)
{
    due->poll_ms =
        polls(session)
            ? clock_boottime_ms() + session->account->poll_interval_s * 1000LL
            : CLOCK_NEVER;
}

int64_t watch_next(const struct watch_due *due)
{
    return due->refresh_ms < due->poll_ms ? due->refresh_ms : due->poll_ms;
}

static int64_t promise_ms(const struct watch_due *due)
{
    int64_t left_ms = watch_next(due) - clock_boottime_ms();

    return (left_ms > 0 ? left_ms : 0) + GRACE_MS;
}

void watch_report(struct session *session, enum watch watch,
                  const struct watch_due *due)
{
    struct report report = {.type = REPORT_WATCHING, .watch = watch};

    session->live = true;
    link_report(session, &report, promise_ms(due));
}

void watch_promise(struct session *session, const struct watch_due *due)
{
    struct report report = {.type = REPORT_ALIVE};

    link_report(session, &report, promise_ms(due));
}

/* From now on these mailboxes are polled, and from these cursors. */
static void take_poll_list(struct session *session, size_t count)
{
    const char *name;
    struct cursor cursor;

    for (size_t i = 0; i < session->count; i++)
        session->watched[i].polled = false;
    while (count-- > 0 && order_read_poll(session->scratch, &name, &cursor)) {
        for (size_t i = 0; i < session->count; i++) {
            struct watched *watched = &session->watched[i];

            if (strcmp(watched->mailbox.name, name) != 0)
                continue;
            watched->polled = true;
            if (i != session->selected && cursor.uidnext)
                watched->mailbox.cursor = cursor; /* others went on */
        }
    }
}

void watch_take_orders(struct session *session, struct watch_due *due)
{
    size_t count;
    int got;

    while ((got = record_receive(session->link, session->scratch)) > 0) {
        switch (order_read(session->scratch, &count)) {
        case ORDER_CHECK: /* not all sessions at the same moment */
            due->refresh_ms = clock_boottime_ms() + backoff_random(STAGGER_MS);
            break;
        case ORDER_POLL:
            take_poll_list(session, count);
            due->poll_ms = count > 0 ? 0 : CLOCK_NEVER;
            break;
        }
    }
    if (got == 0)
        _exit(0); /* nobody wants to know any more */
}

int watch_open_own(struct session *session, struct error *err)
{
    for (size_t i = 0; i < session->count; i++) {
        int missing = mailbox_open(session, i, err);

        if (missing <= 0)
            return missing;
    }
    return error_set(err, ERROR_PERSON, "mailbox",
                     "none of the mailboxes to watch exists on the server "
                     "(imappushd looks for: %s%s)",
                     session->watched[0].mailbox.name,
                     session->count > 1 ? ", ..." : "");
}

int watch_survey(struct session *session, bool all, struct error *err)
{
    size_t own = session->selected;

    for (size_t i = 0; i < session->count; i++) {
        if (i != own && (all || session->watched[i].polled) &&
            mailbox_survey(session, i, err) < 0)
            return -1;
    }
    if (session->selected == own)
        return 0;
    int missing = mailbox_open(session, own, err);

    return missing > 0 ? watch_open_own(session, err) : missing;
}
