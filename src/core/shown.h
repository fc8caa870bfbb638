/*
 * Sender and subject on their way to an endpoint that shows them.
 *
 * They are kept in memory alone, from a session's report until the push was
 * taken, and in memory of a kind of its own: forked children find it wiped, for
 * the session of another account has no business with them, and it is left out
 * of core dumps. What the ledger brings back after a restart has none.
 */
#ifndef IMAPPUSHD_CORE_SHOWN_H
#define IMAPPUSHD_CORE_SHOWN_H

#include "base/letterhead.h"
#include "base/report.h"

#include <stdint.h>

/* Those of the newest message that fell under one of the rules (a set of bits);
 * null where they are not known. */
const struct report_head *shown_newest(const struct report *report,
                                       int64_t rules);

/* Something that is kept, with the event that it belongs to. */
struct shown {
    struct letterhead letterhead;
    char account[256]; /* as in a ledger's row */
    char mailbox[1024];
};

/* Keeps it in the place of what was kept; null: nothing is. */
void shown_keep(struct shown **kept, const struct report_head *head,
                const char *account, const char *mailbox);

/* Moves it on, in the place of what was there. */
void shown_move(struct shown **to, struct shown **from);

/* Wipes it and clears the pointer; null is fine. */
void shown_forget(struct shown **kept);

#endif
