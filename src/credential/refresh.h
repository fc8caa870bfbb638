/*
 * An access token for an account that a person signed in.
 */
#ifndef IMAPPUSHD_CREDENTIAL_REFRESH_H
#define IMAPPUSHD_CREDENTIAL_REFRESH_H

#include "credential/answer.h"
#include "credential/question.h"

#include "base/error.h"

/*
 * Gets the account's grant from its store, has the server issue an access token
 * for it (RFC 6749 section 6), and puts a new refresh token that came with it
 * into the store before the access token is handed out. Nothing is kept in
 * between: each run asks the server. Returns a status of base/credential.h:
 * CREDENTIAL_SIGN_IN where only a person can help.
 */
int refresh_run(const struct question *question, struct answer *answer,
                struct error *err);

#endif
