/*
 * Asking the server which mailboxes there are (LIST).
 */
#ifndef IMAPPUSHD_SESSION_LISTING_H
#define IMAPPUSHD_SESSION_LISTING_H

#include "session/session.h"

/* Fills an empty selection with what the account wants of it; where it only has
 * names, the server is not asked. 0 or -1. */
int listing_take(struct session *session, struct selection *selection,
                 struct error *err);

/* Lists again: -1, with class now, if other mailboxes are to be watched than
 * before, so that a new session begins with them. Asks nothing where the
 * account only has names, or the session is not the lead. */
int listing_check(struct session *session, struct error *err);

/* ---- for a person who asks ---- */

struct listing_sum {
    size_t all;
    size_t missing; /* are named in the configuration, but not there */
    char first_missing[256];
};

/* Asks for all mailboxes, whatever the account has of them, and reports each
 * (LISTED) where the session is for that; fills the empty selection. 0 or -1.
 */
int listing_show(struct session *session, struct selection *selection,
                 struct listing_sum *sum, struct error *err);

/* ---- what rules ask for: special uses, and what "%" stands for ---- */

/* Asks the server if a rule needs it and no list was taken: 0 or -1. */
int listing_learn(struct session *session, struct error *err);

/* Notes what a LIST response says of it. */
void listing_note(struct session *session, const struct response *list);

/* The special uses of a mailbox, as far as they were noted. */
unsigned listing_uses(const struct session *session, const char *name);

#endif
