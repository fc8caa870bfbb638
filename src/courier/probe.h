/*
 * Is there an ntfy server behind a push URL?
 *
 * Asked without a push, and without the topic: GET /v1/health of the same
 * server, which ntfy answers with {"healthy":true}. (The topic itself with
 * "?up=1" would be told to the server, and other services answer that as well.)
 * Redirects are not followed, and http goes no further than for pushes.
 */
#ifndef IMAPPUSHD_COURIER_PROBE_H
#define IMAPPUSHD_COURIER_PROBE_H

/* Reads a push URL from standard input and prints "ntfy" or nothing. Returns
 * the exit status, which is 0 whatever the server does. */
int probe_print(void);

#endif
