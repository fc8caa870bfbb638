/*
 * Who is owed a push, and which version (invariants 1 to 3).
 *
 * One row per endpoint, not a queue: the newest version takes the place of one
 * that waits. A change is made in memory and marked; outbox_commit() writes
 * all marks in one transaction, and only then may the version be sent. That a
 * version was taken is noted with the next commit, or after a while. Where the
 * ledger cannot be written, memory goes on alone.
 */
#ifndef IMAPPUSHD_CORE_OUTBOX_H
#define IMAPPUSHD_CORE_OUTBOX_H

#include "base/account.h"
#include "base/report.h"
#include "config/config.h"
#include "core/recipient.h"
#include "core/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbox;

/* Opens the ledger in folder. A ledger that cannot be had is no error: it is
 * said, and tried again. */
struct outbox *outbox_create(const char *folder);
/* Commits what is marked and closes the ledger. */
void outbox_destroy(struct outbox **outbox);

/* Takes the endpoints of a configuration, the first time or at a reload. What
 * is known by its id keeps all that is known; a new URL under a known name is
 * owed one push; one that is not there any more is forgotten. */
void outbox_configure(struct outbox *outbox, const struct config *config);

struct recipient *outbox_recipients(struct outbox *outbox, size_t *count);
struct recipient *outbox_find(struct outbox *outbox, int64_t serial);

/* The cursor of an account's mailbox: uidnext is 0 if it was never seen. */
struct cursor outbox_cursor(struct outbox *outbox,
                            const struct account *account, const char *mailbox);

/* A mailbox has another name: its cursor goes with it, unless one of the new
 * name is known already. */
void outbox_rename(struct outbox *outbox, const struct account *account,
                   const char *oldname, const char *mailbox);

/* A session judged a mailbox up to a cursor (REPORT_CURSOR, REPORT_NEWS). What
 * is not beyond the cursor we have is somebody else's old news and ignored:
 * false then. News assigns a version to every endpoint that wants it. */
bool outbox_report(struct outbox *outbox, const struct account *account,
                   const struct report *report);

/* A person must act: assigns a version to every endpoint that wants to know of
 * that, for templates with the name of the account or endpoint that it is about
 * (null both: the ledger), and what it is in words. Not to the endpoint that it
 * is about. Sent even if the ledger cannot be written. Returns how many. */
size_t outbox_attention(struct outbox *outbox, const char *account,
                        const char *endpoint, const char *words);

/* A sign of life to one recipient, by a version of its own. */
void outbox_sign(struct outbox *outbox, struct recipient *recipient);

/* A person asks for a push to a recipient, now: assigns a version like any
 * other, to be sent whatever else it waits for. What is held for later stays
 * so. Returns it; 0 where the clock cannot be trusted, and -1 at the end of all
 * versions: then nothing is assigned. */
int64_t outbox_try(struct outbox *outbox, struct recipient *recipient);

/* Likewise for a push to what is no recipient (yet): the version is committed
 * before it is returned, and all others will be greater. 0 also where it cannot
 * be committed. */
int64_t outbox_reserve(struct outbox *outbox);

/* ---- endpoints that apps registered (core/registry) ---- */

/* Adds one, or takes its new settings; one that the ledger does not know is
 * owed a push. It has to stay until outbox_unregister(). */
void outbox_register(struct outbox *outbox, const struct endpoint *endpoint);
void outbox_unregister(struct outbox *outbox, const char *id);

/* It was registered again: one that was given up is tried at once. */
void outbox_renew(struct outbox *outbox, const char *id);
bool outbox_is_gone(const struct outbox *outbox, const char *id);

/* All that the account's apps registered is there: what else the ledger knows
 * of them may go. Until then it is kept, for they are owed it. */
void outbox_registrations_known(struct outbox *outbox, const char *account);

/* Is it known that the ledger cannot be written? */
bool outbox_is_degraded(const struct outbox *outbox);

/* What happened, for who follows it. */
struct outbox_event {
    int64_t version;
    int64_t time_s; /* by the calendar */
    bool attention; /* a person must act; else new mail */
    char *account;  /* or what else needs a person: an endpoint, "ledger" */
    char *mailbox;  /* of attention: what it is, in words */
};

/* Keeps events from now on, or no more. */
void outbox_follow(struct outbox *outbox, bool wanted);
/* The next one (valid until the next call), or null: to be called after
 * outbox_run(), so that nobody hears of a version that a crash would undo. */
const struct outbox_event *outbox_next_event(struct outbox *outbox);

/* The endpoint accepted a version. */
void outbox_paid(struct outbox *outbox, struct recipient *recipient,
                 int64_t version);

/* Something else of a row has changed: it is written before long. */
void outbox_note(struct outbox *outbox, struct recipient *recipient);

/* Somebody outside said what time it is (seconds since 1970). */
void outbox_witness(struct outbox *outbox, int64_t seconds);

/* Does what is due: assigns held versions if the calendar is trusted by now,
 * commits what is marked. */
void outbox_run(struct outbox *outbox, int64_t now_ms);

/* When outbox_run() has to be called again, if nothing happens before. */
int64_t outbox_next(const struct outbox *outbox);

/* Is something held, so that a step of the calendar is of interest? */
bool outbox_is_holding(const struct outbox *outbox);

#endif
