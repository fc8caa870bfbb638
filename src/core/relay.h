/*
 * What we say of ourselves where an account's apps register, so that they know
 * that somebody is there, and the key that Web Push is subscribed with: an
 * object of JSON in an annotation (session/metadata).
 */
#ifndef IMAPPUSHD_CORE_RELAY_H
#define IMAPPUSHD_CORE_RELAY_H

#include "base/account.h"
#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* It is said of an account whose server takes it, when it changes, and once an
 * hour. */
struct relay {
    struct listener *listeners; /* an account each */
    size_t count;
};

/* Does the account's server take it? */
void relay_note(struct relay *relay, const char *account, bool takes);

/* Was that ever told of the account? */
bool relay_knows(const struct relay *relay, const char *account);

/* Something of it may have changed. */
void relay_stir(struct relay *relay);

/* Is something to be said now? Then it is in text, and counts as said. key: for
 * Web Push; "" where there is none. registered: how many endpoints there are
 * that count. */
bool relay_due(struct relay *relay, const struct account *account,
               const char *key, size_t registered, int64_t now_ms,
               struct buffer *text);

void relay_finish(struct relay *relay);

#endif
