/*
 * A person signs in, and what comes of it is a grant.
 *
 * Words for the person go to standard error. Where descriptor SIGNIN_INPUT is
 * open, a line that is typed there is read, too.
 */
#ifndef IMAPPUSHD_CREDENTIAL_SIGNIN_H
#define IMAPPUSHD_CREDENTIAL_SIGNIN_H

#include "base/buffer.h"
#include "base/error.h"
#include "credential/answer.h"
#include "credential/issuer.h"
#include "credential/question.h"
#include "credential/tokens.h"

#define SIGNIN_INPUT 3

/* What every way to sign in needs. */
struct signin {
    const struct question *question;
    struct issuer issuer;
    struct client client;
};

/* By the device flow where the server offers it, else in a browser that comes
 * back to this machine, or whose last address is pasted. Returns a status of
 * base/credential.h; the grant (credential/grant.h) is answer->secret. */
int signin_run(const struct question *question, struct answer *answer,
               struct error *err);

#endif
