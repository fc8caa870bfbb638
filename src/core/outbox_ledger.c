/*
 * The outbox and its ledger: it is written as a whole, it may be lost and
 * come back, and meanwhile memory goes on alone (invariant 3).
 */
#include "core/outbox_private.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>

/* ---- the ledger comes and goes ---- */

void outbox_lose_ledger(struct outbox *outbox, const struct error *err)
{
    int64_t wait_ms = 1000 + backoff_next_ms(&outbox->reopen);

    ledger_close(&outbox->ledger);
    outbox->due_ms = clock_boottime_ms() + wait_ms;
    if (outbox->degraded) {
        log_debug("the ledger: %s", err->text);
        return;
    }
    outbox->degraded = true;
    log_error("the ledger cannot be written: %s; pushes go on from memory, "
              "trying again in %lld s",
              err->text, (long long)wait_ms / 1000);
}

void outbox_find_ledger(struct outbox *outbox)
{
    struct error err;
    enum ledger_find find;
    int64_t last = 0;

    outbox->ledger = ledger_open(outbox->folder, &find, &err);
    if (!outbox->ledger || ledger_get_last(outbox->ledger, &last, &err) < 0) {
        outbox_lose_ledger(outbox, &err);
        outbox->unread = outbox->unread || outbox->series.last == 0;
        return;
    }
    if (last > outbox->series.last)
        outbox->series.last = last;
    if (find == LEDGER_QUARANTINED && outbox->series.last == 0)
        outbox->owe_everyone = true;
}

/* After trouble: everything in memory is newer than what was saved. */
static void mark_all(struct outbox *outbox)
{
    cursors_mark(&outbox->cursors, true);
    for (size_t i = 0; i < outbox->recipient_count; i++)
        outbox->recipients[i].dirty = true;
    outbox->later.dirty = true;
    outbox->forget = true;
    outbox->urgent = true;
}

/* ---- writing ---- */

static int write_recipients(struct outbox *outbox, struct error *err)
{
    size_t count = outbox->recipient_count;
    const char **ids = xcalloc(count, sizeof *ids);
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        const struct recipient *recipient = &outbox->recipients[i];

        ids[i] = recipient->id;
        if (recipient->dirty)
            result = ledger_put_endpoint(outbox->ledger, recipient->id,
                                         recipient->endpoint->name,
                                         &recipient->row, err);
    }
    if (result == 0 && outbox->forget)
        result = ledger_keep_endpoints(outbox->ledger, ids, count,
                                       outbox_awaits, outbox, err);
    free(ids);
    return result;
}

static int write_all(struct outbox *outbox, struct error *err)
{
    if (ledger_begin(outbox->ledger, err) < 0)
        return -1;
    if (cursors_write(&outbox->cursors, outbox->ledger, err) == 0 &&
        write_recipients(outbox, err) == 0 &&
        (!outbox->later.dirty ||
         later_write(&outbox->later, outbox->ledger, err) == 0) &&
        ledger_put_last(outbox->ledger, outbox->series.last, err) == 0 &&
        ledger_commit(outbox->ledger, err) == 0)
        return 0;
    ledger_rollback(outbox->ledger);
    return -1;
}

static void written(struct outbox *outbox)
{
    cursors_mark(&outbox->cursors, false);
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        outbox->recipients[i].dirty = false;
        outbox->recipients[i].durable = true;
    }
    outbox->later.dirty = false;
    outbox->forget = false;
    outbox->reopen.tries = 0;
    outbox->due_ms = CLOCK_NEVER;
    if (outbox->degraded)
        log_notice("the ledger can be written again");
    outbox->degraded = false;
}

/* Without a ledger a version may go out if the calendar alone makes sure that
 * it is above all that went before. */
void outbox_go_on(struct outbox *outbox)
{
    struct version_clock clock;

    version_read_clock(&clock);
    if (!version_is_trusted(&outbox->series, &clock))
        return;
    for (size_t i = 0; i < outbox->recipient_count; i++)
        outbox->recipients[i].durable = true;
}

int outbox_read_row(struct outbox *outbox, struct recipient *recipient)
{
    struct error err;
    int found = 0;

    if (outbox->ledger)
        found = ledger_get_endpoint(outbox->ledger, recipient->id,
                                    &recipient->row, &err);
    if (found < 0)
        outbox_lose_ledger(outbox, &err);
    return found;
}

/* The ledger is there at last, and knew more than we did when we began: which
 * versions are owed, and how far the mailboxes had been seen. What came before
 * our first sight of them may be new, so everyone gets one push. */
static void learn_late(struct outbox *outbox)
{
    int64_t version = outbox_next_version(outbox, 0);

    outbox->unread = false;
    for (size_t i = 0; i < outbox->recipient_count && outbox->ledger; i++) {
        struct recipient *recipient = &outbox->recipients[i];
        struct ledger_endpoint ours = recipient->row;

        if (outbox_read_row(outbox, recipient) <= 0)
            recipient->row = ours;
        else if (ours.delivered > recipient->row.delivered)
            recipient->row.delivered = ours.delivered;
        outbox_assign(outbox, recipient, version);
    }
}

/* Tries again to have a ledger. */
static void reopen(struct outbox *outbox)
{
    outbox_find_ledger(outbox);
    if (outbox->ledger && outbox->unread)
        learn_late(outbox);
    if (outbox->ledger)
        mark_all(outbox);
}

void outbox_commit(struct outbox *outbox, int64_t now_ms)
{
    struct error err;

    if (!outbox->ledger && outbox->due_ms <= now_ms)
        reopen(outbox);
    outbox->urgent = false;
    if (outbox->ledger) {
        if (write_all(outbox, &err) == 0) {
            written(outbox);
            return;
        }
        outbox_lose_ledger(outbox, &err);
    }
    outbox_go_on(outbox);
}
