/*
 * Proving to the server who we are: with a password by AUTHENTICATE PLAIN (RFC
 * 4616) or LOGIN (RFC 3501 section 6.2.3), with an access token by XOAUTH2,
 * which came first, or by OAUTHBEARER, the standard (RFC 7628).
 */
#ifndef IMAPPUSHD_SESSION_SASL_H
#define IMAPPUSHD_SESSION_SASL_H

#include "base/buffer.h"
#include "base/error.h"
#include "session/session.h"

/*
 * Logs in, once, by the best way that session->capabilities has. The code of
 * err is "login" where a person has to look, whatever the server does next.
 */
int sasl_log_in(struct session *session, const struct buffer *secret,
                struct error *err);

#endif
