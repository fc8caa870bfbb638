/*
 * From a connected socket to a logged-in session.
 */
#ifndef IMAPPUSHD_SESSION_LOGIN_H
#define IMAPPUSHD_SESSION_LOGIN_H

#include "base/buffer.h"
#include "base/error.h"
#include "session/session.h"

/*
 * Starts TLS where it is implicit, judges the greeting, demands STARTTLS where
 * it is configured, logs in with the secret (wiped afterwards whatever
 * happens), asks for the capabilities anew and tells the server who we are
 * (RFC 2971) where it wants to know. Nothing secret is sent before the server
 * proved its name, unless the account says tls = "none".
 */
int login(struct session *session, struct buffer *secret, struct error *err);

#endif
