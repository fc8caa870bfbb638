/*
 * NOTIFY (RFC 5465) on one connection for all mailboxes, and always IDLE after
 * it: Dovecot 2.3 is blind for the selected mailbox for a second after every
 * command unless it idles. The FETCH attributes are part of the SET, so that
 * the decision about a mail in the selected mailbox costs no round trip.
 */
#include "session/link.h"
#include "session/listing.h"
#include "session/mailbox.h"
#include "session/rules.h"
#include "session/watch.h"

#include "base/clock.h"

#include <string.h>

/* An EXISTS without its FETCH this long after is looked at. */
#define FETCH_LATE_MS 1000

/* Dovecot 2.3 never reports a mailbox whose name is not plain ASCII when it is
 * named in the filter, but does so under "personal". */
static bool is_plain(const char *name)
{
    for (; *name; name++) {
        if ((unsigned char)*name >= 0x80 || *name == '&')
            return false;
    }
    return true;
}

static void add_filter(const struct session *session, struct buffer *words)
{
    bool plain = selection_is_plain(session->account);
    const char *letterbox = session->registration.mailbox;

    if (plain && session->count < 2 && !letterbox)
        return;
    for (size_t i = 1; i < session->count; i++)
        plain = plain && is_plain(session->watched[i].mailbox.name);
    if (!plain) {
        /* and of mailboxes that come and go, where they may be ours */
        buffer_printf(words, " (personal (MessageNew MessageExpunge%s))",
                      selection_is_plain(session->account) ? ""
                                                           : " MailboxName");
        return;
    }
    buffer_add_text(words, " (mailboxes (");
    for (size_t i = 1; i < session->count; i++)
        buffer_printf(words, "%s%s", i > 1 ? " " : "",
                      session->watched[i].wire);
    if (letterbox)
        buffer_printf(words, "%s\"%s\"", session->count > 1 ? " " : "",
                      letterbox); /* plain by its definition */
    buffer_add_text(words, ") (MessageNew MessageExpunge))");
}

int watch_notify_set(struct session *session, struct error *err)
{
    struct buffer words;

    link_stay_alive(session);
    buffer_init(&words, SIZE_MAX / 2);
    buffer_printf(&words, "(selected (MessageNew (%s) MessageExpunge))",
                  session->attributes);
    add_filter(session, &words);
    tag_number tag =
        dialogue_command(&session->dialogue, err, "NOTIFY SET %s", words.data);

    buffer_finish(&words);
    int refused = tag ? mailbox_finish(session, tag, err) : -1;

    if (refused > 0)
        dialogue_refused(&session->dialogue, "NOTIFY", ERROR_LATER, err);
    return refused;
}

/* Proves every mailbox, and idles again; asks to be told anew where the server
 * says that it did not tell all. */
static int refresh(struct session *session, struct idle *idle,
                   struct watch_due *due, struct error *err)
{
    int ended = 0;

    if ((session->count > 1 || session->lost || session->listed ||
         !selection_is_plain(session->account)) &&
        (idle_leave(session, idle, err) < 0 || listing_check(session, err) < 0))
        return -1;
    watch_prove(session);
    if (session->lost)
        ended = watch_notify_set(session, err);
    session->lost = session->listed = false;
    if (ended == 0 && session->count > 1)
        ended = watch_survey(session, true, err);
    if (ended == 0)
        ended = idle_look(session, idle, err);
    if (ended == 0)
        ended = watch_proven(session, err);
    if (ended > 0 && idle_leave(session, idle, err) < 0)
        ended = -1;
    watch_plan_refresh(session, due);
    if (ended == 0)
        watch_report_proof(session, due, PROOF_ALL);
    return ended;
}

/* Opens those of the mailboxes that the server told of which have more than
 * we know, then comes back. */
static int visit_told(struct session *session, struct idle *idle,
                      struct error *err)
{
    size_t own = session->selected;
    bool away = false;

    for (size_t i = 0; i < session->count; i++) {
        if (!session->watched[i].told || !mailbox_judge_told(session, i))
            continue;
        if (!away && idle_leave(session, idle, err) < 0)
            return -1;
        away = true;
        if (mailbox_open(session, i, err) < 0)
            return -1;
    }
    if (!away)
        return 0;
    int missing = mailbox_open(session, own, err);

    if (missing < 0 || (missing && watch_open_own(session, err) < 0))
        return -1;
    return idle_look(session, idle, err);
}

static bool any_told(const struct session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        if (session->watched[i].told)
            return true;
    }
    return false;
}

/* Is there something that what was told of it does not say enough about? */
static bool must_ask(const struct session *session)
{
    return session->waiting && session->dialogue.view.hint;
}

/* What was told, judged; an EXISTS whose FETCH is not here yet may wait. */
static int judge(struct session *session, struct idle *idle, int64_t *late_ms,
                 struct error *err)
{
    int refused;

    do { /* more may be told while we are away */
        refused = visit_told(session, idle, err);
        if (refused == 0 && must_ask(session))
            refused = idle_look(session, idle, err);
        if (refused != 0)
            return refused;
    } while (any_told(session) || must_ask(session));
    mailbox_take_events(session);
    if (!session->dialogue.view.hint)
        *late_ms = CLOCK_NEVER;
    else if (*late_ms == CLOCK_NEVER)
        *late_ms = clock_boottime_ms() + FETCH_LATE_MS;
    return 0;
}

static int turn(struct session *session, struct idle *idle,
                struct watch_due *due, int64_t *late_ms, struct error *err)
{
    int64_t until_ms = watch_next(due);
    int refused = judge(session, idle, late_ms, err);

    if (refused != 0)
        return refused;
    if (watch_registers(session, due))
        return watch_register(session, idle, due, err);
    if (watch_has_guests(session, due))
        return watch_guests(session, idle, due, err);
    if (session->lost || session->listed)
        return refresh(session, idle, due, err);
    if (*late_ms < until_ms)
        until_ms = *late_ms;
    int event = watch_wait(session, idle, due, until_ms, err);

    if (event != WATCH_DUE)
        return event;
    if (*late_ms <= clock_boottime_ms()) {
        *late_ms = CLOCK_NEVER;
        return idle_look(session, idle, err);
    }
    return refresh(session, idle, due, err);
}

int watch_by_notify(struct session *session, struct error *err)
{
    struct idle idle = {0};
    struct watch_due due = {.poll_ms = CLOCK_NEVER,
                            .register_ms = CLOCK_NEVER,
                            .guest_ms = CLOCK_NEVER};
    int64_t late_ms = CLOCK_NEVER;
    int refused;

    session->watch = WATCH_NOTIFY;
    watch_plan_refresh(session, &due);
    if (watch_open_own(session, err) < 0)
        return -1;
    refused = watch_notify_set(session, err);
    if (refused != 0)
        return refused;
    if (watch_survey(session, true, err) < 0)
        return -1;
    refused = idle_look(session, &idle, err);
    if (refused != 0)
        return refused;
    watch_plan_register(session, &due);
    watch_plan_guests(session, &due);
    watch_report(session, WATCH_NOTIFY, &due);
    do {
        refused = turn(session, &idle, &due, &late_ms, err);
    } while (refused == 0);
    return refused;
}
