/*
 * What is known about mail providers: providers.conf (imappushd-providers(5)).
 *
 * Two files are one list, /etc/imappushd/providers.conf first, so that the
 * owner of a box can add to what is shipped, and replace it: the first entry
 * that fits counts. Who adds an account asks here first, without a network;
 * who signs in with OAuth2 finds the provider of a host, and where to go.
 */
#ifndef IMAPPUSHD_CONFIG_PROVIDERS_H
#define IMAPPUSHD_CONFIG_PROVIDERS_H

#include "base/account.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct complaint;

/* The login name is the whole address, or what stands before the @. */
enum provider_login { PROVIDER_ADDRESS, PROVIDER_LOCAL_PART };

enum provider_auth {
    PROVIDER_PASSWORD,
    PROVIDER_OAUTH2,
    PROVIDER_BOTH /* a password is less trouble */
};

/* RFC 6749, 8628; URLs begin with https://, and null is "not known". */
struct provider_oauth2 {
    const char *issuer; /* its metadata (RFC 8414) tells what is not here */
    const char *authorization_endpoint;
    const char *token_endpoint;
    const char *device_authorization_endpoint;
    const char *scope;
    const char *client_id;
};

struct provider {
    const char *name;
    const char **domains; /* patterns; * is the rest of a label */
    size_t domain_count;
    const char **mx; /* names that those of mail exchangers end with */
    size_t mx_count;
    const char *host;
    int port;
    enum account_tls tls;
    enum provider_login login;
    enum provider_auth auth;
    const char *help; /* the page about passwords; or null */
    const char *note; /* for the person; or null */
    const char **quirks;
    size_t quirk_count;
    const struct provider_oauth2 *oauth2; /* or null */
};

struct providers {
    const struct provider *list;
    size_t count;
    const struct complaint *complaints; /* config.h */
    size_t error_count;
    struct arena *open; /* where all this lives */
};

/* Reads both files; with an error in one the list is empty. The shipped file
 * has to be there, the other need not. Null, with err, if there is no memory.
 * Unload it. */
struct providers *providers_load(struct error *err);

/* The same of these files, null at the end, which have to be there. */
struct providers *providers_read(const char *const *paths, struct error *err);

void providers_unload(struct providers **providers);

/* The first whose domain, mail exchanger or host that is; or null. Names are
 * in ASCII; upper and lower case are the same. */
const struct provider *providers_of_domain(const struct providers *providers,
                                           const char *domain);
const struct provider *providers_of_exchanger(const struct providers *providers,
                                              const char *exchanger);
const struct provider *providers_of_host(const struct providers *providers,
                                         const char *host);

/* Has the provider that quirk? (imappushd-providers(5) has the words) */
bool provider_has_quirk(const struct provider *provider, const char *quirk);

#endif
