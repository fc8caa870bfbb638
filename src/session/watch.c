#include "session/watch.h"

#include "base/alloc.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "session/link.h"
#include "session/listing.h"
#include "session/mailbox.h"
#include "session/metadata.h"
#include "session/utf7.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The core allows this much on top of what is due, for the answers. */
#define GRACE_MS 150000

/* Somebody waits. Mail that comes during a look is not looked at at once: there
 * may be no end to it. */
#define GUEST_MS 8000
#define GUEST_AGAIN_MS 1000

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
        clock_boottime_ms() + session->plan->refresh_interval_s * 1000LL;
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
    int64_t next_ms =
        due->refresh_ms < due->poll_ms ? due->refresh_ms : due->poll_ms;

    if (due->register_ms < next_ms)
        next_ms = due->register_ms;
    return due->guest_ms < next_ms ? due->guest_ms : next_ms;
}

void watch_plan_register(const struct session *session, struct watch_due *due)
{
    due->register_ms = registration_is_wanted(session) ? 0 : CLOCK_NEVER;
}

static bool is_time_to_register(const struct session *session,
                                const struct watch_due *due)
{
    return due->register_ms <= clock_boottime_ms() ||
           (due->register_ms != CLOCK_NEVER && session->registration.told);
}

bool watch_registers(const struct session *session, const struct watch_due *due)
{
    return is_time_to_register(session, due) ||
           (due->register_ms != CLOCK_NEVER && session->registration.relay);
}

/* Whoever opened another mailbox comes back. */
static int come_back(struct session *session, size_t own, struct error *err)
{
    if (session->selected == own)
        return 0;
    int missing = mailbox_open(session, own, err);

    return missing > 0 ? watch_open_own(session, err) : missing;
}

int watch_register(struct session *session, struct idle *idle,
                   struct watch_due *due, struct error *err)
{
    size_t own = session->selected;
    bool is_time = is_time_to_register(session, due);

    if ((idle && idle_leave(session, idle, err) < 0) ||
        (is_time ? registration_read(session, err)
                 : metadata_write(session, err)) < 0 ||
        come_back(session, own, err) < 0)
        return -1;
    if (is_time)
        due->register_ms =
            clock_boottime_ms() + session->plan->refresh_interval_s * 1000LL;
    watch_promise(session, due);
    return idle ? idle_look(session, idle, err) : 0;
}

void watch_plan_guests(struct session *session, struct watch_due *due)
{
    due->guest_ms = session->guests.ids ? 0 : CLOCK_NEVER;
}

bool watch_has_guests(const struct session *session,
                      const struct watch_due *due)
{
    return due->guest_ms <= clock_boottime_ms() ||
           (session->guests.ids && session->guests.told);
}

int watch_guests(struct session *session, struct idle *idle,
                 struct watch_due *due, struct error *err)
{
    size_t own = session->selected;

    if ((idle && idle_leave(session, idle, err) < 0) ||
        guest_look(session, err) < 0 || come_back(session, own, err) < 0)
        return -1;
    due->guest_ms = clock_boottime_ms() + GUEST_MS;
    watch_promise(session, due);
    int refused = idle ? idle_look(session, idle, err) : 0;

    if (session->guests.told)
        due->guest_ms = clock_boottime_ms() + GUEST_AGAIN_MS;
    session->guests.told = false;
    return refused;
}

static struct watched *find(const struct session *session, const char *name)
{
    for (size_t i = 0; i < session->count; i++) {
        if (strcmp(session->watched[i].mailbox.name, name) == 0)
            return &session->watched[i];
    }
    return NULL;
}

struct watched *watch_add(struct session *session, const char *name)
{
    session->watched = xreallocarray(session->watched, session->count + 1,
                                     sizeof *session->watched);
    struct watched *watched = &session->watched[session->count++];

    *watched = (struct watched){.mailbox.name = xstrdup(name),
                                .wire = utf7_quoted(name),
                                .rules.account = session->account,
                                .rules.separator = session->separator,
                                .rules.uses = listing_uses(session, name),
                                .rules.waiting = session->waiting,
                                .rules.heads = session->heads,
                                .rules.deliveries_only =
                                    session->account->deliveries_only};
    watched->rules.mailbox = watched->mailbox.name;
    return watched;
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
    watch_report_proof(session, due,
                       watch == WATCH_NOTIFY ? PROOF_ALL : PROOF_OWN);
}

void watch_promise(struct session *session, const struct watch_due *due)
{
    struct report report = {.type = REPORT_ALIVE};

    link_report(session, &report, promise_ms(due));
}

void watch_report_proof(struct session *session, const struct watch_due *due,
                        enum proof proof)
{
    struct report report = {.type = REPORT_PROVEN,
                            .mailbox = session_selected(session)->mailbox.name,
                            .proof = proof};

    link_report(session, &report, promise_ms(due));
}

void watch_prove(struct session *session)
{
    session->proving = !session->dialogue.view.hint && !session->lost;
    session->missed = false;
}

int watch_proven(struct session *session, struct error *err)
{
    session->proving = false;
    session->untold += session->missed;
    if (session->untold < 2)
        return session->climb_ms <= clock_boottime_ms() ? WATCH_UP : 0;
    session->untold = 0;
    error_set(err, ERROR_LATER, "untold",
              "the server does not tell us of new mail");
    return WATCH_DOWN;
}

/* The ledger's cursor, unless it has yet to hear of ours. */
static void take_cursor(struct cursor *ours, const struct cursor *ledgers)
{
    if (ledgers->uidnext && (ledgers->uidvalidity != ours->uidvalidity ||
                             ledgers->uidnext > ours->uidnext))
        *ours = *ledgers;
}

/* The order's list is what we watch: what was there keeps its place, and what
 * is selected its cursor. */
static void take_tasks(struct session *session, const struct order_head *head)
{
    bool none = session->selected == session->count;
    size_t count = head->count;
    struct task task;

    for (size_t i = 0; i < session->count && head->first; i++)
        session->watched[i].polled = false;
    while (count-- > 0 && order_read_task(session->scratch, &task)) {
        struct watched *watched = find(session, task.mailbox.name);

        if (!watched)
            watched = watch_add(session, task.mailbox.name);
        watched->polled = task.polled;
        if (none || (size_t)(watched - session->watched) != session->selected)
            take_cursor(&watched->mailbox.cursor, &task.mailbox.cursor);
    }
    if (none)
        session->selected = session->count;
}

void watch_await_order(struct session *session)
{
    struct pollfd link = {.fd = session->link, .events = POLLIN};
    struct order_head head = {0};

    while (!head.last) {
        int got = record_receive(session->link, session->scratch);

        if (got == 0)
            _exit(0);
        if (got < 0)
            poll(&link, 1, -1);
        else if (order_read(session->scratch, &head) == 0 &&
                 head.order == ORDER_WATCH)
            take_tasks(session, &head);
    }
}

void watch_take_orders(struct session *session, struct watch_due *due)
{
    struct order_head head;
    int got;

    while ((got = record_receive(session->link, session->scratch)) > 0) {
        if (order_read(session->scratch, &head) < 0)
            continue;
        switch (head.order) {
        case ORDER_CHECK: /* not all sessions at the same moment */
            due->refresh_ms = clock_boottime_ms() + backoff_random(STAGGER_MS);
            if (due->register_ms != CLOCK_NEVER)
                due->register_ms = due->refresh_ms;
            break;
        case ORDER_WATCH:
            take_tasks(session, &head);
            due->poll_ms = polls(session) ? 0 : CLOCK_NEVER;
            break;
        case ORDER_EXPECT:
            guest_expect(&session->guests, head.text);
            watch_plan_guests(session, due);
            break;
        case ORDER_RELAY:
            free(session->registration.relay);
            session->registration.relay = xstrdup(head.text);
            break;
        }
    }
    if (got == 0)
        _exit(0); /* nobody wants to know any more */
}

int watch_wait(struct session *session, struct idle *idle,
               struct watch_due *due, int64_t until_ms, struct error *err)
{
    switch (idle_wait(session, idle, until_ms, err)) {
    case IDLE_ERROR:
        return -1;
    case IDLE_REFUSED:
        return WATCH_DOWN;
    case IDLE_TIME:
        return watch_has_guests(session, due) ? 0 : WATCH_DUE;
    case IDLE_ORDER:
        watch_take_orders(session, due);
        return 0;
    default:
        return 0;
    }
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

bool watch_misses(const struct session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        if (session->watched[i].missing)
            return true;
    }
    return false;
}

int watch_survey(struct session *session, bool all, struct error *err)
{
    size_t own = session->selected;

    for (size_t i = 0; i < session->count; i++) {
        const struct watched *watched = &session->watched[i];

        if (i != own && (all || (watched->polled && !watched->missing)) &&
            mailbox_survey(session, i, err) < 0)
            return -1;
    }
    return come_back(session, own, err);
}
