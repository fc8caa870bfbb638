/*
 * Asking Gmail which messages its own search finds (X-GM-RAW): what the
 * messages of a look that wait for that fall under.
 */
#ifndef IMAPPUSHD_SESSION_SEARCH_H
#define IMAPPUSHD_SESSION_SEARCH_H

#include "session/session.h"

/* Makes the session search, if the account has rules that want it and the
 * server is able to; that it is not is said, once by the lead. */
void search_begin(struct session *session);

/* Searches for what waits since the look at the selected mailbox began, a round
 * trip for each rule that is asked about, and lets the look count it: 0 or -1.
 * Not while it idles. */
int search_run(struct session *session, struct error *err);

#endif
