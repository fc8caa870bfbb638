/*
 * The outbox from inside: for core/outbox, core/outbox_ledger and
 * core/outbox_later only.
 */
#ifndef IMAPPUSHD_CORE_OUTBOX_PRIVATE_H
#define IMAPPUSHD_CORE_OUTBOX_PRIVATE_H

#include "core/cursors.h"
#include "core/later.h"
#include "core/outbox.h"

/* A set of names, owned. */
struct words {
    char **list;
    size_t count;
};

struct outbox {
    char *folder;
    struct ledger *ledger; /* null: it cannot be had */
    struct backoff reopen;
    bool degraded; /* it was said that the ledger cannot be written */
    bool unread;   /* what the ledger knew could not be read when we began */
    struct version_series series;
    struct cursors cursors;
    struct later later;
    struct recipient *recipients;
    size_t recipient_count;
    int64_t next_serial;
    struct words known;   /* accounts whose registrations were read */
    struct words awaited; /* ... and those of which they will be */
    bool forget;       /* rows of removed endpoints are in the ledger still */
    bool owe_everyone; /* the ledger was lost: one push to each */
    bool followed;     /* somebody wants to hear of events, namely these */
    struct outbox_event *events;
    size_t event_count, next_event;
    bool urgent;    /* a mark that must not wait */
    int64_t due_ms; /* when marks have to be written, at the latest */
};

/* ---- versions (outbox.c) ---- */

/* The version of a new event, or 0 where it has to be held (said). */
int64_t outbox_next_version(struct outbox *outbox, int64_t witness_us);
/* Owes it to a recipient; with 0 the event is held. */
void outbox_assign(struct outbox *outbox, struct recipient *recipient,
                   int64_t version);

/* ---- what a push is about (outbox_address.c) ---- */

/* What templates say of the newest event of a recipient, of which nothing else
 * is shown. */
void outbox_address(struct recipient *recipient, bool attention,
                    const char *account, const char *mailbox);
/* The same for mail that a session reports; it is owed, or held back. */
void outbox_address_mail(struct recipient *recipient,
                         const struct account *account,
                         const struct report *report);
void outbox_hold_mail(struct recipient *recipient,
                      const struct account *account,
                      const struct report *report);
/* The same for what was held back. */
void outbox_address_held(struct recipient *recipient,
                         const struct ledger_interval *held);
/* Forgets what the endpoint does not show, or with null what anybody does. */
void outbox_forget_shown(struct recipient *recipient,
                         const struct endpoint *endpoint);

/* One that the present process does not know yet; its row is read. owed: a
 * push, if there is no row. */
void outbox_add_recipient(struct outbox *outbox, struct recipient *recipient,
                          const struct endpoint *endpoint, bool owed);

/* ---- registered endpoints (outbox_register.c) ---- */

/* Takes the accounts of a configuration that registrations are awaited of. */
void outbox_configure_awaited(struct outbox *outbox,
                              const struct config *config);
/* May a row of that name be of an endpoint that will be registered? */
bool outbox_awaits(const void *outbox, const char *name);
void outbox_finish_awaited(struct outbox *outbox);

/* ---- who follows events (outbox_follow.c) ---- */

/* An event has a version; 0: it is held, and told when it has one. */
void outbox_tell_followers(struct outbox *outbox, int64_t version,
                           bool attention, const char *account,
                           const char *mailbox);

/* ---- what may be told later (outbox_later.c) ---- */

/* Takes the rules of a configuration: what the ledger knows of intervals, the
 * first time, and what is held by rules that are gone is told now. */
void outbox_configure_later(struct outbox *outbox, const struct config *config);
/* Tells what was held until now. */
void outbox_run_later(struct outbox *outbox, int64_t now_ms);
int64_t outbox_next_later(const struct outbox *outbox);

/* ---- the ledger (outbox_ledger.c) ---- */

/* Opens the ledger, or tries again later. */
void outbox_find_ledger(struct outbox *outbox);
/* The ledger made trouble: said once, closed, tried again later. */
void outbox_lose_ledger(struct outbox *outbox, const struct error *err);
/* Reads a recipient's row: 1, or 0 where there is none or no ledger, or -1
 * where the ledger was lost over it. */
int outbox_read_row(struct outbox *outbox, struct recipient *recipient);
/* Writes all marks in one transaction; where that cannot be, what may be sent
 * without is sent. */
void outbox_commit(struct outbox *outbox, int64_t now_ms);
/* Lets versions go out that no ledger knows, if the calendar is trusted. */
void outbox_go_on(struct outbox *outbox);

#endif
