/*
 * Settings that somebody told us, after they were judged: a host that is a
 * name, a port that is a number, encryption, a login name without surprises.
 */
#ifndef IMAPPUSHD_DISCOVER_FINDING_H
#define IMAPPUSHD_DISCOVER_FINDING_H

#include "base/account.h"
#include "base/error.h"
#include "config/providers.h"
#include "discover/mailaddress.h"

#include <stdbool.h>

#define FINDING_USER_MAX 512 /* bytes of a login name */
#define FINDING_NAME_MAX 200 /* of the provider's */

struct finding {
    char *host;
    int port;
    enum account_tls tls; /* never none */
    char *user;
    bool password, oauth2; /* how one may log in; one at least */
    char *provider;        /* its name; or null */
    bool outside;          /* an unsigned answer led out of the domain */
};

/* Each completes a finding that is all zeroes: 0, or -1 with err, whose text
 * goes on after the words for what was told. Finish it in either case. */

/* Host and user may hold %EMAILADDRESS%, %EMAILLOCALPART%, %EMAILDOMAIN%; user
 * may be null for the address. */
int finding_take(struct finding *finding, const struct mail_address *address,
                 const char *host, long port, enum account_tls tls,
                 const char *user, struct error *err);

/* From a file of ours, which was judged when it was read. */
void finding_take_provider(struct finding *finding,
                           const struct mail_address *address,
                           const struct provider *provider);

void finding_finish(struct finding *finding);

/* Is host the domain of the address, or below it? */
bool finding_is_inside(const char *host, const struct mail_address *address);

#endif
