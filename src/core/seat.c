#include "core/seat.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A session that lived this long was well: the next trouble is a new one. */
#define WELL_MS 120000
/* What only a person can mend is tried this rarely. */
#define PERSON_MS 1800000
/* Before the first promise of a session. */
#define BIRTH_MS 30000
/* After a sleep of the machine, for everybody to report again. */
#define WAKE_MS 90000

#define TALK_BURST 1000
#define TALK_PER_SECOND 10

void seat_init(struct seat *seat, struct member *member, size_t index)
{
    *seat = (struct seat){
        .member = member,
        .index = index,
        .process = {.link = -1, .by_ms = CLOCK_NEVER},
        .next_ms = index == 0 ? 0 : CLOCK_NEVER,
        .later = {.base_ms = 5000, .cap_ms = 900000},
    };
}

void seat_clear(struct seat *seat)
{
    process_kill(&seat->process);
    process_close(&seat->process);
    seat->watching = false;
}

static const char *name_of(const struct seat *seat)
{
    return seat->member->account->name;
}

/* ---- listening ---- */

bool seat_may_talk(struct seat *seat, int64_t now_ms)
{
    int64_t more = (now_ms - seat->tokens_ms) * TALK_PER_SECOND / 1000;

    if (more > 0) {
        seat->tokens += more;
        seat->tokens_ms = now_ms;
    }
    if (seat->tokens > TALK_BURST)
        seat->tokens = TALK_BURST;
    return seat->tokens > 0;
}

/* The mailboxes that the lead polls: those that no session idles on. */
static void order_poll(struct member *member, const struct seat_tools *tools)
{
    const struct account *account = member->account;
    struct mailbox *list = xcalloc(account->mailbox_count, sizeof *list);
    struct process *lead = &member->seats[0].process;
    size_t count = 0;

    for (size_t i = 1; i < account->mailbox_count; i++) {
        if (i < SEATS && member->seats[i].watching)
            continue;
        const char *name = account->mailboxes[i];

        list[count++] = (struct mailbox){
            .name = name,
            .cursor = outbox_cursor(tools->outbox, account, name)};
    }
    order_pack_poll(tools->scratch, list, count);
    if (record_send(lead->link, tools->scratch) == 0)
        member->list_stale = false;
    else
        log_debug("%s: an order was not taken: %s", account->name,
                  strerror(errno));
    free(list);
}

/* The lead says what the server offers: the other seats follow. */
static void take_offer(struct seat *seat, enum watch offer)
{
    struct member *member = seat->member;

    if (seat->index != 0)
        return;
    member->offer = offer;
    member->list_stale = true;
    for (size_t i = 1; i < SEATS; i++) {
        struct seat *other = &member->seats[i];

        if (offer != WATCH_IDLE || i >= member->account->mailbox_count) {
            seat_clear(other);
            other->next_ms = CLOCK_NEVER;
        } else if (!other->process.pid && other->next_ms == CLOCK_NEVER) {
            other->next_ms = 0;
        }
    }
}

static void log_watching(const struct seat *seat, enum watch watch)
{
    const struct account *account = seat->member->account;
    size_t others = account->mailbox_count - 1;
    const char *mailbox = account->mailboxes[seat->index];

    if (seat->index == 0 && others > 0 && watch != WATCH_IDLE)
        log_info("%s: watching %s and %zu more by %s", account->name, mailbox,
                 others, watch_name(watch));
    else
        log_info("%s: watching %s by %s", account->name, mailbox,
                 watch_name(watch));
}

static void take_watching(struct seat *seat, enum watch watch, int64_t now_ms)
{
    log_watching(seat, watch);
    seat->watching = true;
    seat->watching_ms = now_ms;
    seat->member->refusals = 0;
    seat->member->list_stale = true;
}

static bool is_ours(const struct member *member, const char *mailbox)
{
    for (size_t i = 0; i < member->account->mailbox_count; i++) {
        if (strcmp(member->account->mailboxes[i], mailbox) == 0)
            return true;
    }
    return false;
}

static void take_end(struct seat *seat, const struct report *report)
{
    struct error reason;

    error_set(&reason, report->class, report->code, "%s", report->text);
    seat->explained = true;
    seat->repeated = strcmp(seat->reason.code, reason.code) == 0;
    seat->reason = reason;
}

/* False for nonsense. */
static bool take_report(struct seat *seat, const struct report *report,
                        struct outbox *outbox, int64_t now_ms)
{
    if (report->by_ms > now_ms) /* one that was overtaken by sleep does not
                                   count */
        seat->process.by_ms = report->by_ms;
    switch (report->type) {
    case REPORT_OFFER:
        take_offer(seat, report->watch);
        return true;
    case REPORT_WATCHING:
        take_watching(seat, report->watch, now_ms);
        return true;
    case REPORT_CURSOR:
    case REPORT_NEWS:
        if (!is_ours(seat->member, report->mailbox))
            return false;
        outbox_report(outbox, seat->member->account, report);
        return true;
    case REPORT_END:
        take_end(seat, report);
        return true;
    default:
        return true;
    }
}

void seat_read(struct seat *seat, const struct seat_tools *tools,
               int64_t now_ms)
{
    struct report report;

    while (seat->process.link >= 0 &&
           (seat->process.pid == 0 || seat_may_talk(seat, now_ms)) &&
           record_receive(seat->process.link, tools->scratch) > 0) {
        seat->tokens--;
        if (report_read(tools->scratch, &report) == 0 &&
            take_report(seat, &report, tools->outbox, now_ms))
            continue;
        process_kill(&seat->process);
        seat_ended(seat, "talked nonsense", now_ms);
        return;
    }
}

/* ---- the end of a session, and the next one ---- */

/* Three tries in five minutes, then one every half hour: servers lock out who
 * hammers, and all sessions of the account count together. */
static int64_t wait_after_refusal(struct member *member)
{
    static const int64_t waits_ms[] = {30000, 180000};
    unsigned refusals = member->refusals++;

    return refusals < 2 ? waits_ms[refusals] : PERSON_MS;
}

static int64_t wait_after(struct seat *seat, int64_t now_ms)
{
    const struct error *reason = &seat->reason;
    struct member *member = seat->member;
    int64_t wait_ms;

    if (strcmp(reason->code, "login") == 0) {
        wait_ms = wait_after_refusal(member);
        member->login_ms = now_ms + wait_ms;
        return wait_ms;
    }
    switch (reason->class) {
    case ERROR_PERSON:
        return PERSON_MS;
    case ERROR_LATER:
        return backoff_next_ms(&seat->later);
    default:
        return pace_next(&seat->now, now_ms) - now_ms;
    }
}

static void log_end(const struct seat *seat, int64_t wait_ms)
{
    enum log_level level = seat->reason.class == ERROR_PERSON ? LOG_ERROR
                           : seat->repeated                   ? LOG_DEBUG
                                                              : LOG_WARNING;
    const char *mailbox =
        seat->index == 0 ? "" : seat->member->account->mailboxes[seat->index];
    int64_t seconds = (wait_ms + 999) / 1000;

    log_write(level, "%s: %s%s%s; retrying in %lld %s", name_of(seat), mailbox,
              mailbox[0] ? ": " : "", seat->reason.text,
              (long long)(seconds > 120 ? seconds / 60 : seconds),
              seconds > 120 ? "min" : "s");
}

void seat_ended(struct seat *seat, const char *words, int64_t now_ms)
{
    struct error *reason = &seat->reason;

    if (!seat->explained) {
        error_set(reason, ERROR_NOW, "ended", "the session %s",
                  words[0] ? words : "ended without a word");
        seat->repeated = false;
    }
    if (seat->watching && now_ms - seat->watching_ms >= WELL_MS) {
        seat->later.tries = 0;
        seat->repeated = false;
    }
    int64_t wait_ms = wait_after(seat, now_ms);

    log_end(seat, wait_ms);
    process_close(&seat->process);
    seat->watching = false;
    seat->member->list_stale = true;
    seat->next_ms = now_ms + wait_ms;
}

/* ---- starting ---- */

struct birth {
    plan_main *session;
    struct plan plan;
};

static void become_session(void *context, int link)
{
    const struct birth *birth = context;

    birth->session(&birth->plan, link);
}

static void fill_plan(struct seat *seat, struct outbox *outbox,
                      struct plan *plan, struct mailbox *mailboxes)
{
    const struct account *account = seat->member->account;
    bool lead = seat->index == 0;
    size_t count = lead ? account->mailbox_count : 1;

    for (size_t i = 0; i < count; i++) {
        const char *name = account->mailboxes[seat->index + i];
        mailboxes[i] = (struct mailbox){
            .name = name, .cursor = outbox_cursor(outbox, account, name)};
    }
    *plan = (struct plan){
        .account = account,
        .mailboxes = mailboxes,
        .count = count,
        .lead = lead,
        .offer = lead ? WATCH_AUTO : WATCH_IDLE,
    };
}

static void start(struct seat *seat, const struct seat_tools *tools,
                  int64_t now_ms)
{
    size_t count = seat->member->account->mailbox_count;
    struct mailbox *mailboxes = xcalloc(count, sizeof *mailboxes);
    struct birth birth = {.session = tools->session};

    fill_plan(seat, tools->outbox, &birth.plan, mailboxes);
    pace_count(&seat->now, now_ms);
    seat->explained = false;
    seat->tokens = TALK_BURST;
    seat->tokens_ms = now_ms;
    seat->next_ms = CLOCK_NEVER;
    if (process_start(&seat->process, become_session, &birth, BIRTH_MS) < 0) {
        log_error("%s: a session cannot be started: %s; retrying in 1 s",
                  name_of(seat), strerror(errno));
        seat->next_ms = now_ms + 1000;
    }
    free(mailboxes);
}

static int64_t start_ms(const struct seat *seat)
{
    int64_t login_ms = seat->member->login_ms;

    return seat->next_ms < login_ms ? login_ms : seat->next_ms;
}

static void end_late(struct seat *seat, int64_t now_ms)
{
    error_set(&seat->reason, ERROR_NOW, "hung",
              "the session did not report in time and was ended");
    seat->explained = true;
    seat->repeated = false;
    process_kill(&seat->process);
    seat_ended(seat, "", now_ms);
}

void member_run(struct member *member, const struct seat_tools *tools,
                int64_t now_ms)
{
    for (size_t i = 0; i < SEATS; i++) {
        struct seat *seat = &member->seats[i];

        if (seat->process.pid && seat->process.by_ms <= now_ms)
            end_late(seat, now_ms);
        if (!seat->process.pid && start_ms(seat) <= now_ms)
            start(seat, tools, now_ms);
    }
    if (member->list_stale && member->seats[0].process.pid &&
        (member->offer == WATCH_IDLE || member->offer == WATCH_POLL) &&
        member->account->mailbox_count > 1)
        order_poll(member, tools);
}

int64_t member_next(const struct member *member, int64_t now_ms)
{
    int64_t next_ms = CLOCK_NEVER;

    for (size_t i = 0; i < SEATS; i++) {
        const struct seat *seat = &member->seats[i];
        int64_t at_ms =
            seat->process.pid ? seat->process.by_ms : start_ms(seat);

        if (seat->process.pid && seat->tokens <= 0 && at_ms > now_ms + 1000)
            at_ms = now_ms + 1000; /* it may talk again */
        if (at_ms < next_ms)
            next_ms = at_ms;
    }
    return next_ms;
}

void member_hurry(struct member *member)
{
    member->refusals = 0;
    member->login_ms = 0;
    for (size_t i = 0; i < SEATS; i++) {
        struct seat *seat = &member->seats[i];

        seat->later.tries = 0;
        seat->reason.code[0] = '\0';
        if (!seat->process.pid && seat->next_ms != CLOCK_NEVER)
            seat->next_ms = 0;
    }
}

void seat_check(struct seat *seat, struct record *scratch, int64_t now_ms)
{
    if (!seat->process.pid) {
        if (seat->next_ms != CLOCK_NEVER && seat->reason.class != ERROR_PERSON)
            seat->next_ms = now_ms;
        return;
    }
    if (seat->process.by_ms < now_ms + WAKE_MS)
        seat->process.by_ms = now_ms + WAKE_MS;
    order_pack_check(scratch);
    if (record_send(seat->process.link, scratch) < 0)
        log_debug("%s: an order was not taken: %s", name_of(seat),
                  strerror(errno));
}
