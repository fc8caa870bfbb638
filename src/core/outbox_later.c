/*
 * The outbox and what is told later: what is held becomes an event like any
 * other when its time has come, with a version of then.
 */
#include "core/outbox_private.h"

#include "base/log.h"

#include <string.h>

static struct recipient *find(struct outbox *outbox, const char *id)
{
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        if (strcmp(outbox->recipients[i].id, id) == 0)
            return &outbox->recipients[i];
    }
    return NULL;
}

/* All that is due at a moment has one version; 0: none was given yet. */
static void tell(struct outbox *outbox, const struct ledger_interval *held,
                 int64_t *version)
{
    struct recipient *recipient = find(outbox, held->endpoint);

    if (!recipient) {
        if (outbox->awaited.count > 0) /* it may be registered any moment */
            later_keep(&outbox->later, held);
        return;
    }
    if (*version == 0)
        *version = outbox_next_version(outbox, 0);
    outbox_address_held(recipient, held);
    log_info("%s: new mail in %s is told to %s now", held->account,
             held->mailbox, recipient->endpoint->name);
    outbox_assign(outbox, recipient, *version);
    outbox_tell_followers(outbox, *version, false, held->account,
                          held->mailbox);
}

/* An endpoint that is in no configuration: is it registered, or may it be? */
static bool may_be(const void *context, const char *id)
{
    const struct outbox *outbox = context;

    for (size_t i = 0; i < outbox->recipient_count; i++) {
        if (outbox->recipients[i].registered &&
            strcmp(outbox->recipients[i].id, id) == 0)
            return true;
    }
    return outbox->awaited.count > 0;
}

void outbox_configure_later(struct outbox *outbox, const struct config *config)
{
    const struct ledger_interval *orphan;
    struct later_clock now;
    int64_t version = 0;
    struct error err;

    if (!outbox->later.begun && outbox->ledger &&
        later_read(&outbox->later, outbox->ledger, &err) < 0) {
        outbox_lose_ledger(outbox, &err);
        outbox->unread = true;
    }
    outbox->later.begun = true;
    later_read_clock(&now);
    while ((orphan = later_orphan(&outbox->later, &now, config, may_be,
                                  outbox)) != NULL)
        tell(outbox, orphan, &version);
}

void outbox_run_later(struct outbox *outbox, int64_t now_ms)
{
    const struct interval *due;
    struct later_clock now;
    int64_t version = 0;

    if (outbox->later.count == 0)
        return;
    later_read_clock(&now);
    now.boottime_ms = now_ms;
    while ((due = later_due(&outbox->later, &now)) != NULL)
        tell(outbox, &due->row, &version);
}

int64_t outbox_next_later(const struct outbox *outbox)
{
    struct later_clock now;

    later_read_clock(&now);
    return later_next(&outbox->later, &now);
}
