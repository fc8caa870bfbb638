/*
 * Signing in on any other device, with a short code (RFC 8628).
 */
#ifndef IMAPPUSHD_CREDENTIAL_DEVICE_H
#define IMAPPUSHD_CREDENTIAL_DEVICE_H

#include "credential/signin.h"

/*
 * Shows a person where to enter which code, and asks the server until that was
 * done: 0 with tokens; 1 where the server does not do this for us (said); -1
 * with err. Between two questions lie the seconds that the server wants, 5
 * where it says nothing, 5 more each time that it says slow_down. After the
 * tokens it is never asked again: that would end the grant.
 */
int device_run(struct signin *signin, struct tokens *tokens, struct error *err);

#endif
