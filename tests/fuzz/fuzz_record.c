/*
 * Whatever a child sends as a record (invariant 11: the core believes no
 * child).
 *
 * What is not refused is in its range, and packed again it is the same record
 * byte by byte: there is one way to say a thing.
 */
#include "fuzz.h"

#include "base/record.h"
#include "base/report.h"
#include "base/request.h"

#include <sanitizer/asan_interface.h>

static struct record *record, *again;

/* The input as record_receive() would leave it; behind it is no man's land. */
static void receive(const uint8_t *data, size_t size)
{
    memcpy(record->data, data, size);
    record->length = size;
    record->position = 1;
    record->bad = false;
    ASAN_POISON_MEMORY_REGION(record->data + size, RECORD_MAX - size);
}

static void release(void)
{
    ASAN_UNPOISON_MEMORY_REGION(record->data, RECORD_MAX);
}

static void must_be_the_same(void)
{
    must(!again->bad && again->length == record->length);
    must(memcmp(again->data, record->data, record->length) == 0);
}

/* ---- what sessions report ---- */

static void repack_report(const struct report *report)
{
    static int link[2] = {-1, -1};

    if (link[0] < 0)
        must(record_pair(link) == 0);
    must(report_send(link[0], again, report) == 0);
    must(record_receive(link[1], again) == 1);
    must_be_the_same();
}

static void try_report(void)
{
    struct report report;

    if (report_read(record, &report) < 0)
        return;
    must(report.type >= REPORT_ALIVE && report.type < REPORT_TYPES);
    must(report.by_ms >= 0);
    must(report.watch < WATCH_COUNT && report.class < ERROR_CLASSES);
    must(report.reason < NEWS_REASONS);
    if (report.type == REPORT_MAILBOX)
        must(report.mailbox != NULL);
    if (report.type == REPORT_CURSOR || report.type == REPORT_NEWS) {
        must(report.mailbox != NULL);
        must(report.cursor.uidvalidity >= 0 && report.internaldate >= 0);
        must(report.cursor.uidnext >= 1 && report.cursor.uidnext <= UID_MAX);
    }
    if (report.type == REPORT_END)
        must(report.code != NULL && report.text != NULL);
    repack_report(&report);
}

/* ---- what the core orders ---- */

static void repack_tasks(const struct order_head *head)
{
    struct task *list = calloc(head->count + 1, sizeof *list);
    size_t taken = 0;

    must(head->count <= TASKS_MAX);
    while (taken < head->count && order_read_task(record, &list[taken]))
        taken++;
    if (taken == head->count && record_complete(record)) {
        order_pack_watch(again, list, taken, head->first, head->last);
        must_be_the_same();
    }
    free(list);
}

static void try_order(void)
{
    struct order_head head;

    if (order_read(record, &head) < 0)
        return;
    switch (head.order) {
    case ORDER_CHECK:
        order_pack_check(again);
        must_be_the_same();
        break;
    case ORDER_WATCH:
        repack_tasks(&head);
        break;
    }
}

/* ---- core and courier ---- */

static void try_request(void)
{
    struct request request;

    if (request_read(record, &request) < 0)
        return;
    request_pack(again, &request);
    must_be_the_same();
}

static void try_outcome(void)
{
    struct outcome outcome;

    if (outcome_read(record, &outcome) < 0)
        return;
    must(outcome.kind >= 0 && outcome.kind < OUTCOME_KINDS);
    must(outcome.status >= 0 && outcome.status <= 999);
    must(outcome.retry_after_s >= 0 && outcome.date_s >= 0);
    outcome_pack(again, &outcome);
    must_be_the_same();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(void) = {try_report, try_order, try_request,
                                          try_outcome};

    if (size == 0 || size > RECORD_MAX) /* an empty one is the end */
        return -1;
    if (!record) {
        record = record_create(false);
        again = record_create(false);
    }
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        receive(data, size);
        tries[i]();
        release();
    }
    return 0;
}
