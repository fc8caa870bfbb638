/*
 * The IDLE command (RFC 2177): being told, and interrupting it for a moment.
 */
#ifndef IMAPPUSHD_SESSION_IDLE_H
#define IMAPPUSHD_SESSION_IDLE_H

#include "session/session.h"

struct idle {
    tag_number tag; /* 0: not idling */
};

/* Enters IDLE: 0; 1 when the server refuses (err says how); -1. What it tells
 * before its "+" counts like everything it tells. */
int idle_enter(struct session *session, struct idle *idle, struct error *err);

/* Leaves IDLE, and waits for the server to agree: 0 or -1. */
int idle_leave(struct session *session, struct idle *idle, struct error *err);

/* Looks beyond the cursor of the selected mailbox and idles again, all in one
 * write (DONE, UID FETCH, IDLE) and so in one round trip. As idle_enter(). */
int idle_look(struct session *session, struct idle *idle, struct error *err);

enum idle_event {
    IDLE_ERROR = -1,
    IDLE_TOLD,   /* the server said something, and it has been read */
    IDLE_TIME,   /* until_ms is reached */
    IDLE_ORDER,  /* the core wants something */
    IDLE_REFUSED /* the server ended IDLE and will not have it again: err */
};

/* Waits while idling. An IDLE that the server ends by itself is entered
 * again. */
enum idle_event idle_wait(struct session *session, struct idle *idle,
                          int64_t until_ms, struct error *err);

#endif
