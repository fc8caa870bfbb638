/*
 * The outbox and endpoints that apps registered: they come and go while the
 * configuration stays, and are known only once a session has logged in.
 */
#include "core/outbox_private.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static struct recipient *find(const struct outbox *outbox, const char *id)
{
    for (size_t i = 0; i < outbox->recipient_count; i++) {
        struct recipient *recipient = &outbox->recipients[i];

        if (recipient->registered && strcmp(recipient->id, id) == 0)
            return recipient;
    }
    return NULL;
}

void outbox_register(struct outbox *outbox, const struct endpoint *endpoint)
{
    struct recipient *recipient = find(outbox, endpoint->id);

    if (recipient) {
        recipient->endpoint = endpoint;
        return;
    }
    outbox->recipients =
        xreallocarray(outbox->recipients, outbox->recipient_count + 1,
                      sizeof *outbox->recipients);
    recipient = &outbox->recipients[outbox->recipient_count];
    outbox_add_recipient(outbox, recipient, endpoint, true);
    recipient->registered = true;
    outbox->recipient_count++;
}

void outbox_unregister(struct outbox *outbox, const char *id)
{
    struct recipient *recipient = find(outbox, id);

    if (!recipient)
        return;
    outbox_forget_shown(recipient, NULL);
    *recipient = outbox->recipients[--outbox->recipient_count];
    outbox->forget = outbox->urgent = true;
}

void outbox_renew(struct outbox *outbox, const char *id)
{
    struct recipient *recipient = find(outbox, id);

    if (!recipient || (recipient->row.health != HEALTH_GONE &&
                       recipient->row.health != HEALTH_PARKED))
        return;
    recipient->row.probes = 0;
    recipient->row.next_s = 0;
    recipient->next_ms = 0;
    outbox_address(recipient, false, "", "");
    outbox_assign(outbox, recipient, outbox_next_version(outbox, 0));
}

bool outbox_is_gone(const struct outbox *outbox, const char *id)
{
    const struct recipient *recipient = find(outbox, id);

    return recipient && recipient->row.health == HEALTH_GONE;
}

/* ---- rows that wait for their endpoint ---- */

static size_t index_of(const struct words *words, const char *word,
                       size_t length)
{
    size_t i = 0;

    while (i < words->count && (strlen(words->list[i]) != length ||
                                memcmp(words->list[i], word, length) != 0))
        i++;
    return i;
}

static bool has(const struct words *words, const char *word)
{
    return index_of(words, word, strlen(word)) < words->count;
}

static void add(struct words *words, const char *word)
{
    words->list =
        xreallocarray(words->list, words->count + 1, sizeof *words->list);
    words->list[words->count++] = xstrdup(word);
}

static void finish(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->list[i]);
    free(words->list);
    *words = (struct words){0};
}

void outbox_configure_awaited(struct outbox *outbox,
                              const struct config *config)
{
    finish(&outbox->awaited);
    for (size_t i = 0; i < config->account_count; i++) {
        const struct account *account = &config->accounts[i];

        if (account->enabled && account->registers &&
            !has(&outbox->known, account->name))
            add(&outbox->awaited, account->name);
    }
}

void outbox_finish_awaited(struct outbox *outbox)
{
    finish(&outbox->known);
    finish(&outbox->awaited);
}

void outbox_registrations_known(struct outbox *outbox, const char *account)
{
    struct words *awaited = &outbox->awaited;
    size_t index = index_of(awaited, account, strlen(account));

    if (!has(&outbox->known, account))
        add(&outbox->known, account);
    if (index == awaited->count)
        return;
    free(awaited->list[index]);
    awaited->list[index] = awaited->list[--awaited->count];
    outbox->forget = outbox->urgent = true;
}

bool outbox_awaits(const void *context, const char *name)
{
    const struct outbox *outbox = context;
    const char *slash = strrchr(name, '/');

    return slash && index_of(&outbox->awaited, name, (size_t)(slash - name)) <
                        outbox->awaited.count;
}
