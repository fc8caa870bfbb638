/*
 * Where an authorization server has what, as it says itself (RFC 8414, OpenID
 * Connect Discovery 1.0).
 */
#ifndef IMAPPUSHD_CREDENTIAL_ISSUER_H
#define IMAPPUSHD_CREDENTIAL_ISSUER_H

#include "base/error.h"

#include <stdbool.h>

struct issuer {
    char *name; /* its issuer identifier, in its own words; null: not known */
    char *token_endpoint;
    char *authorization_endpoint; /* null: not offered */
    char *device_endpoint;        /* null: not offered */
    bool says_iss;                /* its redirects have iss (RFC 9207) */
};

/*
 * Asks the server at url (https, or http to this machine): 0, or -1 with err.
 * All that is returned are URLs that may be asked, or shown to a person. What
 * it calls itself has to be url or, because Microsoft's tenants differ from it,
 * at least another name on the same host.
 */
int issuer_discover(const char *url, struct issuer *issuer, struct error *err);

/* The same of what is known already: name, authorization and device may be
 * null. -1 with err where one of them is no URL that may be asked. */
int issuer_take(struct issuer *issuer, const char *name, const char *token,
                const char *authorization, const char *device,
                struct error *err);
void issuer_finish(struct issuer *issuer);

#endif
