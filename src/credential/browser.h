/*
 * Signing in with a browser: a code that only we can use (RFC 7636) comes back
 * by a redirect.
 */
#ifndef IMAPPUSHD_CREDENTIAL_BROWSER_H
#define IMAPPUSHD_CREDENTIAL_BROWSER_H

#include "credential/signin.h"

/* Shows a person which page to open, and waits five minutes for what comes of
 * it: 0 with tokens, -1 with err. */
int browser_run(struct signin *signin, struct tokens *tokens,
                struct error *err);

#endif
