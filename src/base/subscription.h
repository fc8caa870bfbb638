/*
 * What an app wrote where it registers an endpoint, as the courier reads it for
 * the core, which parses nothing that is foreign.
 *
 * The value is a push URL, or an object of JSON: what JSON.stringify() makes of
 * a PushSubscription, perhaps with "mailboxes", a list of names. Without keys
 * it stands for a plain PUT.
 */
#ifndef IMAPPUSHD_BASE_SUBSCRIPTION_H
#define IMAPPUSHD_BASE_SUBSCRIPTION_H

#include "base/record.h"

#include <stdbool.h>
#include <stdint.h>

/* More of them are refused. */
#define SUBSCRIPTION_MAILBOXES 50

enum {
    COURIER_READ = 3,    /* core to courier: a value; empty: only the key */
    COURIER_SUBSCRIPTION /* courier to core: what it says */
};

struct subscription {
    int64_t id;        /* of the question */
    const char *key;   /* ours for Web Push (RFC 8292), base64url; "": none */
    const char *wrong; /* "": nothing; else words that follow "the value" */
    const char *url;
    const char *p256dh, *auth; /* base64url, and good; "": a plain PUT */
    const char *mailboxes[SUBSCRIPTION_MAILBOXES];
    size_t mailbox_count; /* 0: all */
};

void subscription_pack_value(struct record *record, int64_t id,
                             const char *value);
int subscription_read_value(struct record *record, int64_t *id,
                            const char **value);

/* The strings of what was read point into the record. */
void subscription_pack(struct record *record,
                       const struct subscription *subscription);
int subscription_read(struct record *record, struct subscription *subscription);

#endif
