/*
 * Events for who follows them: what was told, and of what a person has to know,
 * each with its version, in the order in which it came.
 */
#include "core/outbox_private.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->event_count; i++) {
        free(outbox->events[i].account);
        free(outbox->events[i].mailbox);
    }
    free(outbox->events);
    outbox->events = NULL;
    outbox->event_count = outbox->next_event = 0;
}

void outbox_follow(struct outbox *outbox, bool wanted)
{
    outbox->followed = wanted;
    if (!wanted)
        forget(outbox);
}

/* Several endpoints are told of one thing. */
static bool is_known(const struct outbox *outbox, int64_t version,
                     const char *account, const char *mailbox)
{
    for (size_t i = outbox->event_count; i > 0; i--) {
        const struct outbox_event *event = &outbox->events[i - 1];

        if (event->version != version)
            return false;
        if (strcmp(event->account, account) == 0 &&
            strcmp(event->mailbox, mailbox) == 0)
            return true;
    }
    return false;
}

void outbox_tell_followers(struct outbox *outbox, int64_t version,
                           bool attention, const char *account,
                           const char *mailbox)
{
    if (!outbox->followed || version <= 0 || !*account || /* a sign of life */
        is_known(outbox, version, account, mailbox))
        return;
    outbox->events = xreallocarray(outbox->events, outbox->event_count + 1,
                                   sizeof *outbox->events);
    outbox->events[outbox->event_count++] =
        (struct outbox_event){.version = version,
                              .time_s = clock_realtime_us() / 1000000,
                              .attention = attention,
                              .account = xstrdup(account),
                              .mailbox = xstrdup(mailbox)};
}

const struct outbox_event *outbox_next_event(struct outbox *outbox)
{
    if (outbox->next_event < outbox->event_count)
        return &outbox->events[outbox->next_event++];
    forget(outbox);
    return NULL;
}
