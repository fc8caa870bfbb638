#include "core/member.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A session that lived this long was well: the next trouble is a new one. */
#define WELL_MS 120000
/* Before the first promise of a session. */
#define BIRTH_MS 30000
/* After a sleep of the machine, for everybody to report again. */
#define WAKE_MS 90000

#define TALK_BURST 3000
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
    seat->watching = seat->troubled = false;
}

const char *seat_account(const struct seat *seat)
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

static void log_watching(const struct seat *seat, enum watch watch)
{
    const struct posts *mailboxes = &seat->member->mailboxes;
    const char *mailbox = member_mailbox(seat->member, seat->index);

    if (seat->index == 0 && mailboxes->count > 1 && watch != WATCH_IDLE)
        log_info("%s: watching %s and %zu more by %s", seat_account(seat),
                 mailbox, mailboxes->count - 1, watch_name(watch));
    else
        log_info("%s: watching %s by %s", seat_account(seat), mailbox,
                 watch_name(watch));
}

static void take_watching(struct seat *seat, enum watch watch, int64_t now_ms)
{
    log_watching(seat, watch);
    seat->watching = true;
    seat->watching_ms = now_ms;
    seat->watch = watch;
    seat->troubled = false;
    seat->member->trouble[0] = '\0';
    seat->member->list_stale = true;
}

static void take_end(struct seat *seat, const struct report *report)
{
    struct error reason;

    error_set(&reason, report->class, report->code, "%s", report->text);
    seat->explained = true;
    seat->repeated = strcmp(seat->reason.code, reason.code) == 0;
    seat->reason = reason;
}

/* Bits for rules that the account has, and for none of them. */
static bool are_rules(const struct account *account, int64_t rules)
{
    int64_t known = (INT64_C(1) << account->rule_count) - 1;

    return (rules & ~(known | INT64_C(1) << RULE_NONE)) == 0;
}

/* Of messages that fell under the report's rules, and only if an endpoint shows
 * them? */
static bool are_heads(const struct account *account,
                      const struct report *report)
{
    for (size_t i = 0; i < report->head_count; i++) {
        if (!(report->rules >> report->heads[i].rule & 1))
            return false;
    }
    return report->head_count == 0 || account->show_headers;
}

/* A mailbox was judged up to somewhere. */
static bool take_judged(struct seat *seat, const struct report *report,
                        struct outbox *outbox, int64_t now_ms)
{
    struct post *post = member_post(seat->member, report->mailbox);

    if (!post || !are_rules(seat->member->account, report->rules) ||
        !are_heads(seat->member->account, report))
        return false;
    if (outbox_report(outbox, seat->member->account, report) &&
        report->type == REPORT_NEWS)
        post->event_ms = now_ms;
    return true;
}

/* False for nonsense. */
static bool take_report(struct seat *seat, const struct report *report,
                        const struct seat_tools *tools, int64_t now_ms)
{
    const struct account *account = seat->member->account;

    if (report->by_ms > now_ms) /* one that was overtaken by sleep does not
                                   count */
        seat->process.by_ms = report->by_ms;
    if (report->type != REPORT_END)
        seat->heard_ms = now_ms;
    switch (report->type) {
    case REPORT_LOGGED_IN:
        seat->logged_in = true;
        seat->member->refusals = 0;
        return true;
    case REPORT_MAILBOX:
        return member_take_mailbox(seat, report->mailbox);
    case REPORT_OFFER:
        return member_take_offer(seat, report->watch);
    case REPORT_RENAMED:
        return member_take_renamed(seat, report, tools->outbox);
    case REPORT_WATCHING:
        take_watching(seat, report->watch, now_ms);
        return true;
    case REPORT_CURSOR:
    case REPORT_NEWS:
        return take_judged(seat, report, tools->outbox, now_ms);
    case REPORT_PROVEN:
        return member_take_proven(seat, report, now_ms);
    case REPORT_MISSING:
        return member_take_missing(seat, report);
    case REPORT_ENDPOINT:
        return seat->index == 0 &&
               registry_found(tools->registry, account, report);
    case REPORT_ENDPOINTS:
        if (seat->index != 0)
            return false;
        registry_listed(tools->registry, account, report);
        return true;
    case REPORT_GUEST:
        return seat->index == 0 &&
               invitations_received(tools->invitations, account, report);
    case REPORT_END:
        take_end(seat, report);
        return true;
    case REPORT_ALIVE:
        return true;
    default: /* what only others are told */
        return false;
    }
}

void seat_read(struct seat *seat, const struct seat_tools *tools,
               int64_t now_ms)
{
    struct report report;
    int got = -1;

    while (seat->process.link >= 0 &&
           (seat->process.pid == 0 || seat_may_talk(seat, now_ms)) &&
           (got = record_receive(seat->process.link, tools->scratch)) > 0) {
        seat->tokens--;
        if (report_read(tools->scratch, &report) == 0 &&
            take_report(seat, &report, tools, now_ms))
            continue;
        process_kill(&seat->process);
        seat_ended(seat, "talked nonsense", now_ms);
        return;
    }
    if (got == 0)
        process_hang_up(&seat->process);
}

/* ---- the end of a session, and the next one ---- */

/* One wait of a session for the keyring, as that has it. */
#define KEYRING_MS 60000

/* The keyring is locked, or not there (yet). */
static bool is_keyring(const char *code)
{
    return strcmp(code, "locked") == 0 || strcmp(code, "keyring") == 0;
}

/* The next session is told of changes and waits for them by itself. If it could
 * not, it must not be repeated at once. */
static int64_t wait_for_keyring(const struct seat *seat, int64_t now_ms)
{
    int64_t wait_ms = clock_patience_ms("KEYRING", KEYRING_MS);

    return seat->awaits_keyring && now_ms - seat->heard_ms < wait_ms / 2
               ? wait_ms
               : 0;
}

static int64_t wait_after(struct seat *seat, int64_t now_ms)
{
    const struct error *reason = &seat->reason;
    struct member *member = seat->member;
    int64_t wait_ms;

    if (strcmp(reason->code, "login") == 0) {
        wait_ms = member_refused(member);
        member->login_ms = now_ms + wait_ms;
        return wait_ms;
    }
    if (is_keyring(reason->code))
        return wait_for_keyring(seat, now_ms);
    switch (reason->class) {
    case ERROR_PERSON:
        return SEAT_PERSON_MS;
    case ERROR_LATER:
        return backoff_next_ms(&seat->later);
    default:
        return pace_next(&seat->now, now_ms) - now_ms;
    }
}

static enum log_level level_of(const struct seat *seat)
{
    if (strcmp(seat->reason.code, ERROR_EXPIRES) == 0)
        return LOG_DEBUG; /* once an hour, and no trouble */
    if (seat->reason.class == ERROR_PERSON)
        return LOG_ERROR;
    return seat->repeated ? LOG_DEBUG : LOG_WARNING;
}

static void log_end(const struct seat *seat, int64_t wait_ms)
{
    enum log_level level = level_of(seat);
    const char *mailbox =
        seat->index == 0 ? "" : member_mailbox(seat->member, seat->index);
    int64_t seconds = (wait_ms + 999) / 1000;
    char next[64] = "going on as soon as that changes";

    if (wait_ms > 0 || !is_keyring(seat->reason.code))
        snprintf(next, sizeof next, "retrying in %lld %s",
                 (long long)(seconds > 120 ? seconds / 60 : seconds),
                 seconds > 120 ? "min" : "s");
    log_write(level, "%s: %s%s%s; %s", seat_account(seat), mailbox,
              mailbox[0] ? ": " : "", seat->reason.text, next);
}

/* A certificate counts whatever its class, and so does the keyring: the clock
 * may be wrong, the box may just have booted, but if that lasts, a person must
 * look. */
static bool may_need_a_person(const struct error *reason)
{
    return reason->class == ERROR_PERSON ||
           strcmp(reason->code, "certificate") == 0 || is_keyring(reason->code);
}

/* A token that was refused may have grown old with who keeps it: the next one
 * has to be, too, before a person is told. */
static bool is_stale_token(const struct seat *seat)
{
    const struct member *member = seat->member;

    return member->account->auth == ACCOUNT_AUTH_OAUTH2 &&
           member->refusals == 0 && strcmp(seat->reason.code, "login") == 0;
}

static void note_trouble(const struct seat *seat, int64_t now_ms)
{
    struct member *member = seat->member;
    const struct error *reason = &seat->reason;

    if (strcmp(member->trouble, reason->code) == 0)
        return;
    if (is_keyring(member->trouble))
        member->trouble[0] = '\0'; /* it was opened */
    if (!may_need_a_person(reason) || is_stale_token(seat))
        return;
    snprintf(member->trouble, sizeof member->trouble, "%s", reason->code);
    member->trouble_ms = now_ms;
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
    seat->troubled = strcmp(reason->code, "list") != 0; /* it only lists anew */
    member_learn_cut(seat, now_ms);
    note_trouble(seat, now_ms);
    int64_t wait_ms = wait_after(seat, now_ms);

    log_end(seat, wait_ms);
    process_close(&seat->process);
    seat->watching = false;
    seat->member->list_stale = true;
    seat->next_ms = now_ms + wait_ms;
}

void seat_end_late(struct seat *seat, int64_t now_ms)
{
    error_set(&seat->reason, ERROR_NOW, "hung",
              "the session did not report in time and was ended");
    seat->explained = true;
    seat->repeated = false;
    process_kill(&seat->process);
    seat_ended(seat, "", now_ms);
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

void seat_start(struct seat *seat, const struct seat_tools *tools,
                int64_t now_ms)
{
    struct member *member = seat->member;
    struct birth birth = {
        .session = tools->session,
        .plan = {.account = member->account,
                 .lead = seat->index == 0,
                 .await_keyring = is_keyring(seat->reason.code),
                 .refresh_interval_s = member->refresh_interval_s},
    };

    pace_count(&seat->now, now_ms);
    seat->awaits_keyring = birth.plan.await_keyring;
    seat->explained = seat->logged_in = false;
    seat->tokens = TALK_BURST;
    seat->tokens_ms = now_ms;
    seat->next_ms = CLOCK_NEVER;
    seat->heard_ms = now_ms;
    if (seat->index == 0)
        member_lead_begins(member);
    if (process_start(&seat->process, become_session, &birth, BIRTH_MS) < 0) {
        log_error("%s: a session cannot be started: %s; retrying in 1 s",
                  seat_account(seat), strerror(errno));
        seat->next_ms = now_ms + 1000;
    } else if (seat->index != 0) {
        member_order(seat, tools);
    }
}

void seat_check(struct seat *seat, struct record *scratch, int64_t now_ms)
{
    if (seat->process.link < 0) {
        if (seat->next_ms != CLOCK_NEVER && seat->reason.class != ERROR_PERSON)
            seat->next_ms = now_ms;
        return;
    }
    if (seat->process.by_ms < now_ms + WAKE_MS)
        seat->process.by_ms = now_ms + WAKE_MS;
    order_pack_check(scratch);
    if (record_send(seat->process.link, scratch) < 0)
        log_debug("%s: an order was not taken: %s", seat_account(seat),
                  strerror(errno));
}
