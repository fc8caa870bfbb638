#include "base/report.h"

#include "base/clock.h"
#include "base/use.h"
#include "base/letterhead.h"

#include <errno.h>
#include <poll.h>

/* Even the longest ones, with the longest name of a mailbox, fit. */
_Static_assert((RULES_MAX + 1) * (LETTERHEAD_FROM_MAX + LETTERHEAD_SUBJECT_MAX +
                                  2 * (sizeof(int64_t) + 5)) +
                       MAILBOX_NAME_MAX + 256 <
                   RECORD_MAX,
               "news must fit into a record");

static void pack_heads(struct record *record, const struct report *report)
{
    record_put_number(record, (int64_t)report->head_count);
    for (size_t i = 0; i < report->head_count; i++) {
        const struct report_head *head = &report->heads[i];

        record_put_number(record, (int64_t)head->rule);
        record_put_number(record, head->uid);
        record_put_string(record, head->from);
        record_put_string(record, head->subject);
    }
}

static void read_heads(struct record *record, struct report *report)
{
    report->head_count = (size_t)record_get_range(record, 0, RULES_MAX + 1);
    for (size_t i = 0; i < report->head_count; i++) {
        struct report_head *head = &report->heads[i];

        head->rule = (size_t)record_get_range(record, 0, RULE_NONE);
        head->uid = record_get_range(record, 1, UID_MAX);
        head->from = record_get_string(record);
        head->subject = record_get_string(record);
        if (!letterhead_is_fit(head->from, head->subject))
            record->bad = true;
    }
}

static void read_judged(struct record *record, struct report *report)
{
    report->mailbox = record_get_string(record);
    report->cursor.uidvalidity = record_get_range(record, 0, INT64_MAX);
    report->cursor.uidnext = record_get_range(record, 1, UID_MAX);
    report->reason = record_get_range(record, 0, NEWS_REASONS - 1);
    report->rules = record_get_range(record, 0, INT64_MAX);
    report->live = record_get_range(record, 0, 1);
    report->internaldate = record_get_range(record, 0, CLOCK_END_S);
    if (report->type == REPORT_NEWS)
        read_heads(record, report);
}

/* ---- what only a session for a test says ---- */

static void pack_listed(struct record *record, const struct report *report)
{
    record_put_string(record, report->mailbox);
    record_put_number(record, report->missing);
    record_put_number(record, report->watched);
    record_put_number(record, report->selectable);
    record_put_number(record, report->uses);
}

static void read_listed(struct record *record, struct report *report)
{
    report->mailbox = record_get_string(record);
    report->missing = record_get_range(record, 0, 1);
    report->watched = record_get_range(record, 0, 1);
    report->selectable = record_get_range(record, 0, 1);
    report->uses = (unsigned)record_get_range(record, 0, USE_ALL);
}

static void pack_step(struct record *record, const struct report *report)
{
    record_put_number(record, report->step);
    record_put_number(record, report->result);
    record_put_string(record, report->text);
}

static void read_step(struct record *record, struct report *report)
{
    report->step = record_get_range(record, 0, STEP_COUNT - 1);
    report->result = record_get_range(record, 0, STEP_RESULTS - 1);
    report->text = record_get_string(record);
}

/* ---- all reports ---- */

static void pack(struct record *record, const struct report *report)
{
    record_start(record, (unsigned char)report->type);
    record_put_number(record, report->by_ms);
    switch (report->type) {
    case REPORT_OFFER:
    case REPORT_WATCHING:
        record_put_number(record, report->watch);
        break;
    case REPORT_MAILBOX:
        record_put_string(record, report->mailbox);
        break;
    case REPORT_RENAMED:
        record_put_string(record, report->mailbox);
        record_put_string(record, report->oldname);
        break;
    case REPORT_CURSOR:
    case REPORT_NEWS:
        record_put_string(record, report->mailbox);
        record_put_number(record, report->cursor.uidvalidity);
        record_put_number(record, report->cursor.uidnext);
        record_put_number(record, report->reason);
        record_put_number(record, report->rules);
        record_put_number(record, report->live);
        record_put_number(record, report->internaldate);
        if (report->type == REPORT_NEWS)
            pack_heads(record, report);
        break;
    case REPORT_ENDPOINT:
    case REPORT_GUEST:
        record_put_string(record, report->name);
        record_put_string(record, report->value);
        if (report->type == REPORT_ENDPOINT)
            record_put_string(record, report->renewed);
        break;
    case REPORT_ENDPOINTS:
        record_put_number(record, report->metadata);
        break;
    case REPORT_PROVEN:
        record_put_string(record, report->mailbox);
        record_put_number(record, report->proof);
        break;
    case REPORT_MISSING:
        record_put_string(record, report->mailbox);
        record_put_number(record, report->missing);
        break;
    case REPORT_LISTED:
        pack_listed(record, report);
        break;
    case REPORT_STEP:
        pack_step(record, report);
        break;
    case REPORT_END:
        record_put_number(record, report->class);
        record_put_string(record, report->code);
        record_put_string(record, report->text);
        break;
    case REPORT_ALIVE:
    case REPORT_LOGGED_IN:
    case REPORT_TYPES:
        break;
    }
}

int report_send(int link, struct record *scratch, const struct report *report)
{
    pack(scratch, report);
    while (record_send(link, scratch) < 0) {
        struct pollfd room = {.fd = link, .events = POLLOUT};

        if (errno != EAGAIN)
            return -1;
        poll(&room, 1, -1);
    }
    return 0;
}

int report_read(struct record *record, struct report *report)
{
    *report = (struct report){.type = record_type(record)};
    report->by_ms = record_get_range(record, 0, INT64_MAX);
    switch (report->type) {
    case REPORT_ALIVE:
    case REPORT_LOGGED_IN:
        break;
    case REPORT_OFFER:
    case REPORT_WATCHING:
        report->watch = record_get_range(record, WATCH_NOTIFY, WATCH_POLL);
        break;
    case REPORT_MAILBOX:
        report->mailbox = record_get_string(record);
        break;
    case REPORT_RENAMED:
        report->mailbox = record_get_string(record);
        report->oldname = record_get_string(record);
        break;
    case REPORT_CURSOR:
    case REPORT_NEWS:
        read_judged(record, report);
        break;
    case REPORT_ENDPOINT:
    case REPORT_GUEST:
        report->name = record_get_string(record);
        report->value = record_get_string(record);
        if (report->type == REPORT_ENDPOINT)
            report->renewed = record_get_string(record);
        break;
    case REPORT_ENDPOINTS:
        report->metadata = record_get_range(record, 0, 1);
        break;
    case REPORT_PROVEN:
        report->mailbox = record_get_string(record);
        report->proof = record_get_range(record, 0, PROOFS - 1);
        break;
    case REPORT_MISSING:
        report->mailbox = record_get_string(record);
        report->missing = record_get_range(record, 0, 1);
        break;
    case REPORT_LISTED:
        read_listed(record, report);
        break;
    case REPORT_STEP:
        read_step(record, report);
        break;
    case REPORT_END:
        report->class = record_get_range(record, 0, ERROR_CLASSES - 1);
        report->code = record_get_string(record);
        report->text = record_get_string(record);
        break;
    case REPORT_TYPES:
    default:
        return -1;
    }
    return record_complete(record) ? 0 : -1;
}

void order_pack_check(struct record *record)
{
    record_start(record, ORDER_CHECK);
}

void order_pack_watch(struct record *record, const struct task *tasks,
                      size_t count, bool first, bool last)
{
    record_start(record, ORDER_WATCH);
    record_put_number(record, (int64_t)count);
    record_put_number(record, first);
    record_put_number(record, last);
    for (size_t i = 0; i < count; i++) {
        record_put_string(record, tasks[i].mailbox.name);
        record_put_number(record, tasks[i].mailbox.cursor.uidvalidity);
        record_put_number(record, tasks[i].mailbox.cursor.uidnext);
        record_put_number(record, tasks[i].polled);
    }
}

void order_pack_relay(struct record *record, const char *text)
{
    record_start(record, ORDER_RELAY);
    record_put_string(record, text);
}

void order_pack_expect(struct record *record, const char *ids)
{
    record_start(record, ORDER_EXPECT);
    record_put_string(record, ids);
}

int order_read(struct record *record, struct order_head *head)
{
    *head = (struct order_head){.order = record_type(record)};
    switch (head->order) {
    case ORDER_CHECK:
        return record_complete(record) ? 0 : -1;
    case ORDER_WATCH:
        head->count = (size_t)record_get_range(record, 0, TASKS_MAX);
        head->first = record_get_range(record, 0, 1);
        head->last = record_get_range(record, 0, 1);
        return record->bad ? -1 : 0;
    case ORDER_RELAY:
    case ORDER_EXPECT:
        head->text = record_get_string(record);
        return record_complete(record) ? 0 : -1;
    default:
        return -1;
    }
}

bool order_read_task(struct record *record, struct task *task)
{
    task->mailbox.name = record_get_string(record);
    task->mailbox.cursor.uidvalidity = record_get_range(record, 0, INT64_MAX);
    task->mailbox.cursor.uidnext = record_get_range(record, 0, UID_MAX);
    task->polled = record_get_range(record, 0, 1);
    return !record->bad;
}
