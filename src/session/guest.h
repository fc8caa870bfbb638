/*
 * Phones that were invited to join by a mail to this account
 * (base/invitation.h): the lead looks for their mails as long as the core
 * orders it to.
 *
 * It looks into INBOX by itself, whatever else is watched, and in short
 * intervals, whatever the server tells: somebody is waiting in front of a
 * screen. Only then are subjects asked for, and only of the newest messages;
 * the text only of those that name an invitation. Nothing is judged here but
 * the subject. To the rest of the daemon it is mail like any other.
 */
#ifndef IMAPPUSHD_SESSION_GUEST_H
#define IMAPPUSHD_SESSION_GUEST_H

#include "base/error.h"
#include "session/pairs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;

/* The part of a session that is about this. */
struct guests {
    char *ids;                 /* who was invited; owned; null: nobody */
    bool told;                 /* there is new mail */
    int64_t uidvalidity, seen; /* of INBOX: looked at up to this UID */
};

/* Takes the core's order; "" ends it. */
void guest_expect(struct guests *guests, const char *ids);

/* Looks, and reports what was found. Another mailbox than before may be
 * selected then, or none. 0, or -1 with err where the connection is of no more
 * use. */
int guest_look(struct session *session, struct error *err);

#endif
