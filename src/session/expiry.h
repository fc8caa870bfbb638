/*
 * A session leaves before its access token expires, and the next one comes with
 * a new token: a server that ends the connection then would do it at a moment
 * of its own, and some only fall silent.
 */
#ifndef IMAPPUSHD_SESSION_EXPIRY_H
#define IMAPPUSHD_SESSION_EXPIRY_H

#include "session/session.h"

/* When (CLOCK_BOOTTIME) to leave with a token that was just issued for so many
 * seconds: two minutes ahead, or sooner with a short one. Not within the first
 * minute: that would be one connection after the other. CLOCK_NEVER for 0. */
int64_t expiry_moment(int64_t lives_s);

/* stream_wait(), whose enum stream_event it returns; -1 with err when the
 * session's token is about to expire. */
int expiry_wait(struct session *session, int64_t until_ms, struct error *err);

#endif
