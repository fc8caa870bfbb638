/*
 * What JSON.stringify(subscription) gives on the phone (the PushSubscription of
 * the Push API): read for the configuration, which knows no JSON.
 */
#ifndef IMAPPUSHD_COURIER_SUBSCRIPTION_H
#define IMAPPUSHD_COURIER_SUBSCRIPTION_H

#include "base/subscription.h"

/* Reads standard input and prints endpoint, keys.p256dh and keys.auth, a line
 * each, on standard output; or on standard error, in words that give nothing of
 * it away, what is wrong. Returns the exit status: 0 or 65. */
int subscription_print(void);

/* The same for a text that came from a phone itself: null, with its endpoint
 * and the JSON of what it says that is known to us (free() both), or what is
 * wrong, in words that follow "the message". */
const char *subscription_take_text(const char *text, char **url, char **json);

/* Packs the answer to a question of the core (base/subscription.h): what a
 * value says; key is our own. The value may be in that record. */
void subscription_answer(struct record *record, int64_t id, const char *value,
                         const char *key);

#endif
