/*
 * The endpoints that apps registered at their mail servers
 * (session/registration): which there are, and what became of each.
 *
 * They are strangers': https to public addresses only, no headers and no
 * templates, and a limited number of each account. They are stored nowhere,
 * but read again after each login; the ledger knows what they are owed, by a
 * hash of the URL and the account. What a value says is for the courier to
 * read, so the registry has questions, and takes answers.
 */
#ifndef IMAPPUSHD_CORE_REGISTRY_H
#define IMAPPUSHD_CORE_REGISTRY_H

#include "base/buffer.h"
#include "base/report.h"
#include "base/subscription.h"
#include "config/config.h"
#include "core/outbox.h"

#include <stdbool.h>
#include <stdint.h>

struct registry;

struct registry *registry_create(struct outbox *outbox);
void registry_destroy(struct registry **registry);

/* Takes another configuration: what accounts that are gone, or take none any
 * more, had is removed. */
void registry_configure(struct registry *registry, const struct config *config);

/* ---- what the sessions report ---- */

/* One of an account's (REPORT_ENDPOINT); false for nonsense. */
bool registry_found(struct registry *registry, const struct account *account,
                    const struct report *report);

/* Those were all (REPORT_ENDPOINTS): who is not among them is removed. */
void registry_listed(struct registry *registry, const struct account *account,
                     const struct report *report);

/* Is something to be said where the account's apps register (core/relay)? Then
 * it is in text, and counts as said. */
bool registry_relay(struct registry *registry, const struct account *account,
                    int64_t now_ms, struct buffer *text);

/* ---- what the courier is asked ---- */

/* Is there a question; and does it need the key for Web Push? */
bool registry_asks(const struct registry *registry);
bool registry_needs_key(const struct registry *registry);

/* Packs the next question into a secret record. */
void registry_ask(struct registry *registry, struct record *record);

/* The courier is gone: what it was asked will be asked again. */
void registry_unanswered(struct registry *registry);

void registry_answer(struct registry *registry,
                     const struct subscription *answer);

#endif
