#include "core/outbox_private.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* That a version was taken may wait this long to be written. */
#define LAZY_MS 5000
/* How often to look whether the calendar can be trusted, while it matters. */
#define HOLD_MS 10000
/* The longest wait between two tries: that of an endpoint that is gone. */
#define WAIT_MAX_MS 86400000

struct outbox *outbox_create(const char *folder)
{
    struct outbox *outbox = xcalloc(1, sizeof *outbox);

    *outbox = (struct outbox){
        .folder = xstrdup(folder),
        .reopen = {.base_ms = 5000, .cap_ms = 60000},
        .next_serial = 1,
        .due_ms = CLOCK_NEVER,
    };
    outbox_find_ledger(outbox);
    return outbox;
}

/* ---- versions ---- */

void outbox_assign(struct outbox *outbox, struct recipient *recipient,
                   int64_t version)
{
    recipient->dirty = true;
    outbox->urgent = true;
    later_pay(&outbox->later, recipient->id);
    shown_forget(&recipient->held);
    recipient->row.held = version <= 0;
    if (version <= 0)
        return;
    recipient->row.assigned = version;
    recipient->durable = false;
}

int64_t outbox_next_version(struct outbox *outbox, int64_t witness_us)
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

/* ---- endpoints ---- */

/* Was there another URL under this name? The ledger may not be there to ask. */
static bool is_rotated(struct outbox *outbox, const struct endpoint *endpoint)
{
    struct error err;

    for (size_t i = 0; i < outbox->recipient_count; i++) {
        const struct recipient *old = &outbox->recipients[i];

        if (strcmp(old->endpoint->name, endpoint->name) == 0 &&
            strcmp(old->id, endpoint->id) != 0)
            return true;
    }
    return outbox->ledger && ledger_has_name(outbox->ledger, endpoint->name,
                                             endpoint->id, &err) > 0;
}

/* What waited for its next try goes on waiting; but not for longer than any
 * wait may be, for the calendar may be another. */
static int64_t resume_ms(const struct ledger_endpoint *row)
{
    int64_t wait_ms = row->next_s * 1000 - clock_realtime_us() / 1000;

    if (wait_ms > WAIT_MAX_MS)
        wait_ms = WAIT_MAX_MS;
    return wait_ms > 0 ? clock_boottime_ms() + wait_ms : 0;
}

void outbox_add_recipient(struct outbox *outbox, struct recipient *recipient,
                          const struct endpoint *endpoint, bool owed)
{
    *recipient = (struct recipient){
        .endpoint = endpoint,
        .serial = outbox->next_serial++,
        .durable = true,
        .backoff = {.base_ms = 2000, .cap_ms = 900000},
    };
    memcpy(recipient->id, endpoint->id, sizeof recipient->id);
    recipient->dirty = true; /* it may have another name than the row */
    outbox->urgent = true;
    if (outbox_read_row(outbox, recipient) > 0) {
        recipient->next_ms = resume_ms(&recipient->row);
        if (recipient->row.next_s) /* and this version was */
            recipient->tried = recipient->row.assigned;
        return;
    }
    if (outbox->owe_everyone || owed || is_rotated(outbox, endpoint))
        outbox_assign(outbox, recipient, outbox_next_version(outbox, 0));
}

static struct recipient *known(const struct outbox *outbox, const char *id)
{
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        if (strcmp(outbox->recipients[i].id, id) == 0)
            return &outbox->recipients[i];
    }
    return NULL;
}

void outbox_configure(struct outbox *outbox, const struct config *config)
{
    struct recipient *recipients = xcalloc(
        config->endpoint_count + outbox->recipient_count, sizeof *recipients);
    size_t count = config->endpoint_count;

    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct endpoint *endpoint = &config->endpoints[i];
        struct recipient *old = known(outbox, endpoint->id);

        if (old) {
            recipients[i] = *old;
            recipients[i].endpoint = endpoint;
            recipients[i].dirty = true;
            old->shown = old->held = NULL; /* the new one has them */
            outbox_forget_shown(&recipients[i], endpoint);
        } else {
            outbox_add_recipient(outbox, &recipients[i], endpoint, false);
        }
    }
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        if (outbox->recipients[i].registered)
            recipients[count++] = outbox->recipients[i];
        else
            outbox_forget_shown(&outbox->recipients[i], NULL);
    }
    free(outbox->recipients);
    outbox->recipients = recipients;
    outbox->recipient_count = count;
    outbox->forget = true;
    outbox->owe_everyone = false;
    outbox_configure_awaited(outbox, config);
    outbox_configure_later(outbox, config);
    outbox_commit(outbox, clock_boottime_ms());
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
    struct error err = {0};
    struct place *place =
        cursors_place(&outbox->cursors, outbox->ledger, account, mailbox, &err);

    if (err.code[0])
        outbox_lose_ledger(outbox, &err);
    return place;
}

struct cursor outbox_cursor(struct outbox *outbox,
                            const struct account *account, const char *mailbox)
{
    return place_of(outbox, account, mailbox)->cursor;
}

void outbox_rename(struct outbox *outbox, const struct account *account,
                   const char *oldname, const char *mailbox)
{
    struct cursor cursor = outbox_cursor(outbox, account, oldname);
    struct place *place = place_of(outbox, account, mailbox);

    if (cursor.uidnext == 0 || place->cursor.uidnext != 0)
        return;
    place->cursor = cursor;
    place->dirty = true;
    place = place_of(outbox, account, oldname);
    place->cursor = (struct cursor){0};
    place->dirty = true;
    outbox->urgent = true;
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

/* Microseconds of a time that somebody outside said; 0 for nonsense. */
static int64_t us_of(int64_t seconds)
{
    return seconds > 0 && seconds <= CLOCK_END_S ? seconds * 1000000 : 0;
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
    int64_t witness_us = report->live ? us_of(report->internaldate) : 0;
    int64_t version = 0;
    size_t told = 0, held = 0;
    struct later_clock now;

    later_read_clock(&now);
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        struct recipient *recipient = &outbox->recipients[i];

        if (!endpoint_wants(recipient->endpoint, EVENT_MAIL, account->name) ||
            !endpoint_has_mailbox(recipient->endpoint, report->mailbox))
            continue;
        enum later_telling telling =
            later_tell(&outbox->later, &now, account, report, recipient);

        if (telling == LATER_HELD)
            outbox_hold_mail(recipient, account, report);
        held += telling == LATER_HELD;
        if (telling != LATER_NOW)
            continue;
        if (told++ == 0)
            version = outbox_next_version(outbox, witness_us);
        outbox_address_mail(recipient, account, report);
        outbox_assign(outbox, recipient, version);
    }
    if (told + held == 0 && outbox->followed)
        version = outbox_next_version(outbox, witness_us);
    outbox_tell_followers(outbox, version, false, account->name,
                          report->mailbox);
    log_info("%s: %s in %s%s", account->name, reasons[report->reason],
             report->mailbox,
             told   ? ""
             : held ? "; it is told later"
                    : "; no endpoint is told");
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

void outbox_sign(struct outbox *outbox, struct recipient *recipient)
{
    outbox_address(recipient, false, "", "");
    outbox_assign(outbox, recipient, outbox_next_version(outbox, 0));
}

bool outbox_is_degraded(const struct outbox *outbox)
{
    return outbox->degraded;
}

/* ---- what follows ---- */

void outbox_note(struct outbox *outbox, struct recipient *recipient)
{
    recipient->dirty = true;
    if (outbox->due_ms == CLOCK_NEVER)
        outbox->due_ms = clock_boottime_ms() + LAZY_MS;
}

void outbox_paid(struct outbox *outbox, struct recipient *recipient,
                 int64_t version)
{
    if (version <= recipient->row.delivered)
        return;
    recipient->row.delivered = version;
    if (!recipient_is_owed(recipient))
        shown_forget(&recipient->shown);
    outbox_note(outbox, recipient);
}

void outbox_witness(struct outbox *outbox, int64_t seconds)
{
    struct version_clock clock;

    version_read_clock(&clock);
    version_witness(&outbox->series, &clock, us_of(seconds));
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
    if (!version_is_trusted(&outbox->series, &clock) ||
        outbox->series.last >= VERSION_MAX)
        return;
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        struct recipient *recipient = &outbox->recipients[i];

        if (!recipient->row.held)
            continue;
        if (version == 0) {
            version = outbox_next_version(outbox, 0);
            log_notice("the clock can be trusted now; held pushes go out");
        }
        outbox_assign(outbox, recipient, version);
        outbox_tell_followers(outbox, version, recipient->row.attention,
                              recipient->row.account, recipient->row.mailbox);
    }
}

void outbox_run(struct outbox *outbox, int64_t now_ms)
{
    if (outbox_is_holding(outbox))
        assign_held(outbox);
    outbox_run_later(outbox, now_ms);
    if (outbox->urgent || outbox->due_ms <= now_ms)
        outbox_commit(outbox, now_ms);
    else if (!outbox->ledger && outbox_is_holding(outbox))
        outbox_go_on(outbox);
}

int64_t outbox_next(const struct outbox *outbox)
{
    int64_t next_ms = outbox->due_ms, later_ms = outbox_next_later(outbox);
    int64_t hold_ms =
        outbox_is_holding(outbox) ? clock_boottime_ms() + HOLD_MS : CLOCK_NEVER;

    if (later_ms < next_ms)
        next_ms = later_ms;
    return hold_ms < next_ms ? hold_ms : next_ms;
}

void outbox_destroy(struct outbox **outbox)
{
    if (!*outbox)
        return;
    outbox_commit(*outbox, clock_boottime_ms());
    ledger_close(&(*outbox)->ledger);
    cursors_finish(&(*outbox)->cursors);
    later_finish(&(*outbox)->later);
    for (size_t i = 0; i < (*outbox)->recipient_count; i++)
        outbox_forget_shown(&(*outbox)->recipients[i], NULL);
    outbox_follow(*outbox, false);
    free((*outbox)->recipients);
    outbox_finish_awaited(*outbox);
    free((*outbox)->folder);
    free(*outbox);
    *outbox = NULL;
}
