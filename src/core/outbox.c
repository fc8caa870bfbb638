#include "core/outbox.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* That a version was taken may wait this long to be written. */
#define LAZY_MS 5000
/* How often to look whether the calendar can be trusted, while it matters. */
#define HOLD_MS 10000

struct place {
    char *host, *user, *mailbox;
    struct cursor cursor;
    bool dirty;
};

struct outbox {
    char *folder;
    struct ledger *ledger; /* null: it cannot be had */
    struct backoff reopen;
    bool degraded; /* it was said that the ledger cannot be written */
    bool unread;   /* what the ledger knew could not be read when we began */
    struct version_series series;
    struct place *places;
    size_t place_count;
    struct recipient *recipients;
    size_t recipient_count;
    int64_t next_serial;
    bool forget;       /* rows of removed endpoints are in the ledger still */
    bool owe_everyone; /* the ledger was lost: one push to each */
    bool urgent;       /* a mark that must not wait */
    int64_t due_ms;    /* when marks have to be written, at the latest */
};

/* ---- the ledger comes and goes ---- */

static void lose_ledger(struct outbox *outbox, const struct error *err)
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

static void find_ledger(struct outbox *outbox)
{
    struct error err;
    enum ledger_find find;
    int64_t last = 0;

    outbox->ledger = ledger_open(outbox->folder, &find, &err);
    if (!outbox->ledger || ledger_get_last(outbox->ledger, &last, &err) < 0) {
        lose_ledger(outbox, &err);
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
    for (size_t i = 0; i < outbox->place_count; i++)
        outbox->places[i].dirty = true;
    for (size_t i = 0; i < outbox->recipient_count; i++)
        outbox->recipients[i].dirty = true;
    outbox->forget = true;
    outbox->urgent = true;
}

struct outbox *outbox_create(const char *folder)
{
    struct outbox *outbox = xcalloc(1, sizeof *outbox);

    *outbox = (struct outbox){
        .folder = xstrdup(folder),
        .reopen = {.base_ms = 5000, .cap_ms = 60000},
        .next_serial = 1,
        .due_ms = CLOCK_NEVER,
    };
    find_ledger(outbox);
    return outbox;
}

/* ---- versions ---- */

static void assign(struct outbox *outbox, struct recipient *recipient,
                   int64_t version)
{
    recipient->dirty = true;
    outbox->urgent = true;
    recipient->row.held = version <= 0;
    if (version <= 0)
        return;
    recipient->row.assigned = version;
    recipient->durable = false;
}

static int64_t next_version(struct outbox *outbox, int64_t witness_us)
{
    struct version_clock clock;

    version_read_clock(&clock);
    int64_t version = version_next(&outbox->series, &clock, witness_us);

    if (version == 0)
        log_warning("a push is held: this machine's clock cannot be trusted "
                    "and no version that was sent before is known; it goes "
                    "out when the clock is set");
    if (version < 0)
        log_error("versions have come to their end: the clock was wrong by "
                  "centuries once; register new endpoints");
    return version;
}

/* ---- writing ---- */

static int write_places(struct outbox *outbox, struct error *err)
{
    for (size_t i = 0; i < outbox->place_count; i++) {
        const struct place *place = &outbox->places[i];

        if (place->dirty &&
            ledger_put_cursor(outbox->ledger, place->host, place->user,
                              place->mailbox, &place->cursor, err) < 0)
            return -1;
    }
    return 0;
}

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
        result = ledger_keep_endpoints(outbox->ledger, ids, count, err);
    free(ids);
    return result;
}

static int write_all(struct outbox *outbox, struct error *err)
{
    if (ledger_begin(outbox->ledger, err) < 0)
        return -1;
    if (write_places(outbox, err) == 0 && write_recipients(outbox, err) == 0 &&
        ledger_put_last(outbox->ledger, outbox->series.last, err) == 0 &&
        ledger_commit(outbox->ledger, err) == 0)
        return 0;
    ledger_rollback(outbox->ledger);
    return -1;
}

static void written(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->place_count; i++)
        outbox->places[i].dirty = false;
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        outbox->recipients[i].dirty = false;
        outbox->recipients[i].durable = true;
    }
    outbox->forget = false;
    outbox->reopen.tries = 0;
    outbox->due_ms = CLOCK_NEVER;
    if (outbox->degraded)
        log_notice("the ledger can be written again");
    outbox->degraded = false;
}

/* Without a ledger a version may go out if the calendar alone makes sure that
 * it is above all that went before. */
static void go_on_from_memory(struct outbox *outbox)
{
    struct version_clock clock;

    version_read_clock(&clock);
    if (!version_is_trusted(&outbox->series, &clock))
        return;
    for (size_t i = 0; i < outbox->recipient_count; i++)
        outbox->recipients[i].durable = true;
}

static int row_of(struct outbox *outbox, struct recipient *recipient)
{
    struct error err;
    int found = 0;

    if (outbox->ledger)
        found = ledger_get_endpoint(outbox->ledger, recipient->id,
                                    &recipient->row, &err);
    if (found < 0)
        lose_ledger(outbox, &err);
    return found;
}

/* The ledger is there at last, and knew more than we did when we began: which
 * versions are owed, and how far the mailboxes had been seen. What came before
 * our first sight of them may be new, so everyone gets one push. */
static void learn_late(struct outbox *outbox)
{
    int64_t version = next_version(outbox, 0);

    outbox->unread = false;
    for (size_t i = 0; i < outbox->recipient_count && outbox->ledger; i++) {
        struct recipient *recipient = &outbox->recipients[i];
        struct ledger_endpoint ours = recipient->row;

        if (row_of(outbox, recipient) <= 0)
            recipient->row = ours;
        else if (ours.delivered > recipient->row.delivered)
            recipient->row.delivered = ours.delivered;
        assign(outbox, recipient, version);
    }
}

/* Tries again to have a ledger. */
static void reopen(struct outbox *outbox)
{
    find_ledger(outbox);
    if (outbox->ledger && outbox->unread)
        learn_late(outbox);
    if (outbox->ledger)
        mark_all(outbox);
}

static void commit(struct outbox *outbox, int64_t now_ms)
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
        lose_ledger(outbox, &err);
    }
    go_on_from_memory(outbox);
}

/* ---- endpoints ---- */

static bool is_rotated(struct outbox *outbox, const struct recipient *recipient)
{
    struct error err;

    return outbox->ledger &&
           ledger_has_name(outbox->ledger, recipient->endpoint->name,
                           recipient->id, &err) > 0;
}

/* One that the present process does not know yet. */
static void add_recipient(struct outbox *outbox, struct recipient *recipient,
                          const struct endpoint *endpoint)
{
    *recipient = (struct recipient){
        .endpoint = endpoint,
        .serial = outbox->next_serial++,
        .durable = true,
        .backoff = {.base_ms = 2000, .cap_ms = 900000},
    };
    memcpy(recipient->id, endpoint->id, sizeof recipient->id);
    if (row_of(outbox, recipient) > 0)
        return;
    recipient->dirty = true;
    outbox->urgent = true;
    if (outbox->owe_everyone || is_rotated(outbox, recipient))
        assign(outbox, recipient, next_version(outbox, 0));
}

static const struct recipient *known(const struct outbox *outbox,
                                     const char *id)
{
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        if (strcmp(outbox->recipients[i].id, id) == 0)
            return &outbox->recipients[i];
    }
    return NULL;
}

void outbox_configure(struct outbox *outbox, const struct config *config)
{
    struct recipient *recipients =
        xcalloc(config->endpoint_count, sizeof *recipients);

    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct endpoint *endpoint = &config->endpoints[i];
        const struct recipient *old = known(outbox, endpoint->id);

        if (old) {
            recipients[i] = *old;
            recipients[i].endpoint = endpoint;
        } else {
            add_recipient(outbox, &recipients[i], endpoint);
        }
    }
    free(outbox->recipients);
    outbox->recipients = recipients;
    outbox->recipient_count = config->endpoint_count;
    outbox->forget = true;
    outbox->owe_everyone = false;
    commit(outbox, clock_boottime_ms());
}

struct recipient *outbox_recipients(struct outbox *outbox, size_t *count)
{
    *count = outbox->recipient_count;
    return outbox->recipients;
}

struct recipient *outbox_find(struct outbox *outbox, int64_t serial)
{
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        if (outbox->recipients[i].serial == serial)
            return &outbox->recipients[i];
    }
    return NULL;
}

/* ---- mailboxes ---- */

static struct place *place_of(struct outbox *outbox,
                              const struct account *account,
                              const char *mailbox)
{
    for (size_t i = 0; i < outbox->place_count; i++) {
        struct place *place = &outbox->places[i];

        if (strcmp(place->mailbox, mailbox) == 0 &&
            strcmp(place->user, account->user) == 0 &&
            strcmp(place->host, account->host) == 0)
            return place;
    }
    outbox->places = xreallocarray(outbox->places, outbox->place_count + 1,
                                   sizeof *outbox->places);
    struct place *place = &outbox->places[outbox->place_count++];
    struct error err;

    *place = (struct place){.host = xstrdup(account->host),
                            .user = xstrdup(account->user),
                            .mailbox = xstrdup(mailbox)};
    if (outbox->ledger &&
        ledger_get_cursor(outbox->ledger, account->host, account->user, mailbox,
                          &place->cursor, &err) < 0)
        lose_ledger(outbox, &err);
    return place;
}

struct cursor outbox_cursor(struct outbox *outbox,
                            const struct account *account, const char *mailbox)
{
    return place_of(outbox, account, mailbox)->cursor;
}

/* Is what a session reports beyond what we know? Two sessions may look at the
 * same mailbox while the ladder moves. */
static bool is_beyond(const struct report *report, const struct cursor *cursor)
{
    if (report->cursor.uidvalidity != cursor->uidvalidity)
        return true;
    if (report->type == REPORT_NEWS && report->reason == NEWS_LOWERED)
        return report->cursor.uidnext < cursor->uidnext;
    if (report->type == REPORT_NEWS && report->reason == NEWS_DOUBT)
        return report->cursor.uidnext >= cursor->uidnext;
    return report->cursor.uidnext > cursor->uidnext;
}

static void tell(struct outbox *outbox, const struct account *account,
                 const struct report *report)
{
    static const char *const reasons[NEWS_REASONS] = {
        [NEWS_MAIL] = "new mail",
        [NEWS_DOUBT] = "perhaps new mail: the answer was not clear",
        [NEWS_REBUILT] = "the mailbox was rebuilt",
        [NEWS_LOWERED] = "the mailbox counts anew",
    };
    int64_t witness_us = report->live ? report->internaldate * 1000000 : 0;
    int64_t version = 0;
    size_t told = 0;

    for (size_t i = 0; i < outbox->recipient_count; i++) {
        struct recipient *recipient = &outbox->recipients[i];

        if (!endpoint_wants(recipient->endpoint, account->name))
            continue;
        if (told++ == 0)
            version = next_version(outbox, witness_us);
        snprintf(recipient->row.account, sizeof recipient->row.account, "%s",
                 account->name);
        snprintf(recipient->row.mailbox, sizeof recipient->row.mailbox, "%s",
                 report->mailbox);
        assign(outbox, recipient, version);
    }
    log_info("%s: %s in %s%s", account->name, reasons[report->reason],
             report->mailbox, told ? "" : "; no endpoint is told");
}

bool outbox_report(struct outbox *outbox, const struct account *account,
                   const struct report *report)
{
    struct place *place = place_of(outbox, account, report->mailbox);

    if (!is_beyond(report, &place->cursor))
        return false;
    place->cursor = report->cursor;
    place->dirty = true;
    outbox->urgent = true;
    if (report->type == REPORT_NEWS)
        tell(outbox, account, report);
    return true;
}

/* ---- what follows ---- */

void outbox_paid(struct outbox *outbox, struct recipient *recipient,
                 int64_t version)
{
    if (version <= recipient->row.delivered)
        return;
    recipient->row.delivered = version;
    recipient->dirty = true;
    if (outbox->due_ms == CLOCK_NEVER)
        outbox->due_ms = clock_boottime_ms() + LAZY_MS;
}

void outbox_witness(struct outbox *outbox, int64_t seconds)
{
    struct version_clock clock;

    version_read_clock(&clock);
    version_witness(&outbox->series, &clock, seconds * 1000000);
}

bool outbox_is_holding(const struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        if (outbox->recipients[i].row.held || !outbox->recipients[i].durable)
            return true;
    }
    return false;
}

static void assign_held(struct outbox *outbox)
{
    struct version_clock clock;
    int64_t version = 0;

    version_read_clock(&clock);
    if (!version_is_trusted(&outbox->series, &clock))
        return;
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        struct recipient *recipient = &outbox->recipients[i];

        if (!recipient->row.held)
            continue;
        if (version == 0) {
            version = next_version(outbox, 0);
            log_notice("the clock can be trusted now; held pushes go out");
        }
        assign(outbox, recipient, version);
    }
}

void outbox_run(struct outbox *outbox, int64_t now_ms)
{
    if (outbox_is_holding(outbox))
        assign_held(outbox);
    if (outbox->urgent || outbox->due_ms <= now_ms)
        commit(outbox, now_ms);
    else if (!outbox->ledger && outbox_is_holding(outbox))
        go_on_from_memory(outbox);
}

int64_t outbox_next(const struct outbox *outbox)
{
    int64_t hold_ms =
        outbox_is_holding(outbox) ? clock_boottime_ms() + HOLD_MS : CLOCK_NEVER;

    return hold_ms < outbox->due_ms ? hold_ms : outbox->due_ms;
}

void outbox_destroy(struct outbox **outbox)
{
    if (!*outbox)
        return;
    commit(*outbox, clock_boottime_ms());
    ledger_close(&(*outbox)->ledger);
    for (size_t i = 0; i < (*outbox)->place_count; i++) {
        free((*outbox)->places[i].host);
        free((*outbox)->places[i].user);
        free((*outbox)->places[i].mailbox);
    }
    free((*outbox)->places);
    free((*outbox)->recipients);
    free((*outbox)->folder);
    free(*outbox);
    *outbox = NULL;
}
