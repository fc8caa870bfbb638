/*
 * The ways to watch as a ladder: down where the server refuses one, and up
 * again after a while.
 */
#ifndef IMAPPUSHD_SESSION_LADDER_H
#define IMAPPUSHD_SESSION_LADDER_H

#include "session/session.h"

/* Once logged in: makes ready for watching; returns the best way that the
 * server offers. */
enum watch ladder_begin(struct session *session);

/* Once logged in: agrees with the core on what to watch, and does so by the
 * best way that the server offers until trouble ends it, as err says. */
void ladder_watch(struct session *session, struct error *err);

#endif
