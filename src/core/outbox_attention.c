/*
 * The outbox and what a person has to know: an event like new mail, for those
 * endpoints that want it.
 */
#include "core/outbox_private.h"

#include <string.h>

size_t outbox_attention(struct outbox *outbox, const char *account,
                        const char *endpoint, const char *words)
{
    const char *subject = account ? account : endpoint ? endpoint : "ledger";
    int64_t version = 0;
    size_t told = 0;

    for (size_t i = 0; i < outbox->recipient_count; i++) {
        struct recipient *recipient = &outbox->recipients[i];

        if (!endpoint_wants(recipient->endpoint, EVENT_ATTENTION, account) ||
            (endpoint && strcmp(endpoint, recipient->endpoint->name) == 0))
            continue;
        if (told++ == 0)
            version = outbox_next_version(outbox, 0);
        outbox_address(recipient, true, subject, words);
        outbox_assign(outbox, recipient, version);
        recipient->durable = recipient->durable || !outbox->ledger;
    }
    if (told == 0 && outbox->followed)
        version = outbox_next_version(outbox, 0);
    outbox_tell_followers(outbox, version, true, subject, words);
    return told;
}
