/*
 * A session that tests its account, or lists its mailboxes, and leaves: the
 * same steps as one that watches, each said when it is done.
 */
#ifndef IMAPPUSHD_SESSION_PROBE_H
#define IMAPPUSHD_SESSION_PROBE_H

#include "session/session.h"

#include <netdb.h>

/* Each says a step if the session is for a test. */
void probe_note_secret(struct session *session);
void probe_note_addresses(struct session *session,
                          const struct addrinfo *addresses);
void probe_note_connection(struct session *session, int fd);
void probe_note_tls(struct session *session);
void probe_note_login(struct session *session);

/* Once logged in: the other steps, or the list. err stays as it is when all is
 * done. */
void probe_run(struct session *session, struct error *err);

#endif
