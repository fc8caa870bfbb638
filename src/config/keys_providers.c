/*
 * The keys of providers.conf; imappushd-providers(5) explains them.
 */
#include "config/draft_provider.h"

#include "config/keys.h"

#include <stddef.h>

static const char *const tls_ways[] = {[ACCOUNT_TLS_IMPLICIT] = "implicit",
                                       [ACCOUNT_TLS_STARTTLS] = "starttls",
                                       NULL};

static const char *const logins[] = {
    [PROVIDER_ADDRESS] = "address", [PROVIDER_LOCAL_PART] = "local part", NULL};

static const char *const auths[] = {[PROVIDER_PASSWORD] = "password",
                                    [PROVIDER_OAUTH2] = "oauth2",
                                    [PROVIDER_BOTH] = "both",
                                    NULL};

static const struct key file_keys[] = {
    {
        .name = "providers",
        .help = "the mail providers",
        .type = KEY_GROUPS,
        .offset = offsetof(struct providers_draft, providers),
    },
};

static const struct key provider_keys[] = {
    {
        .name = "name",
        .help = "what people call it",
        .type = KEY_TEXT,
        .flags = KEY_REQUIRED,
        .offset = offsetof(struct provider_draft, provider.name),
    },
    {
        .name = "domains",
        .help = "patterns for the domains of its addresses",
        .type = KEY_TEXTS,
        .offset = offsetof(struct provider_draft, provider.domains),
        .count_offset = offsetof(struct provider_draft, provider.domain_count),
    },
    {
        .name = "mx",
        .help = "what the names of its mail exchangers end with",
        .type = KEY_TEXTS,
        .offset = offsetof(struct provider_draft, provider.mx),
        .count_offset = offsetof(struct provider_draft, provider.mx_count),
    },
    {
        .name = "host",
        .help = "the IMAP server's name",
        .type = KEY_TEXT,
        .flags = KEY_REQUIRED,
        .offset = offsetof(struct provider_draft, provider.host),
    },
    {
        .name = "port",
        .help = "the server's port",
        .type = KEY_NUMBER,
        .offset = offsetof(struct provider_draft, provider.port),
        .min = 1,
        .max = 65535,
    },
    {
        .name = "tls",
        .help = "how the connection is encrypted",
        .type = KEY_CHOICE,
        .offset = offsetof(struct provider_draft, provider.tls),
        .number = ACCOUNT_TLS_IMPLICIT,
        .choices = tls_ways,
    },
    {
        .name = "login",
        .help = "what of the address is the login name",
        .type = KEY_CHOICE,
        .offset = offsetof(struct provider_draft, provider.login),
        .number = PROVIDER_ADDRESS,
        .choices = logins,
    },
    {
        .name = "auth",
        .help = "how one logs in",
        .type = KEY_CHOICE,
        .offset = offsetof(struct provider_draft, provider.auth),
        .number = PROVIDER_PASSWORD,
        .choices = auths,
    },
    {
        .name = "help",
        .help = "the page that explains the password",
        .type = KEY_TEXT,
        .offset = offsetof(struct provider_draft, provider.help),
    },
    {
        .name = "note",
        .help = "what a person has to know",
        .type = KEY_TEXT,
        .offset = offsetof(struct provider_draft, provider.note),
    },
    {
        .name = "quirks",
        .help = "what is special there",
        .type = KEY_TEXTS,
        .offset = offsetof(struct provider_draft, provider.quirks),
        .count_offset = offsetof(struct provider_draft, provider.quirk_count),
    },
    {
        .name = "oauth2",
        .help = "where to sign in",
        .type = KEY_GROUP,
        .offset = offsetof(struct provider_draft, oauth2),
    },
};

static const struct key oauth2_keys[] = {
    {
        .name = "issuer",
        .help = "who issues the tokens",
        .type = KEY_TEXT,
        .offset = offsetof(struct provider_oauth2, issuer),
    },
    {
        .name = "authorization_endpoint",
        .help = "the page to sign in at",
        .type = KEY_TEXT,
        .offset = offsetof(struct provider_oauth2, authorization_endpoint),
    },
    {
        .name = "token_endpoint",
        .help = "where tokens are fetched",
        .type = KEY_TEXT,
        .offset = offsetof(struct provider_oauth2, token_endpoint),
    },
    {
        .name = "device_authorization_endpoint",
        .help = "where a sign-in on another device begins",
        .type = KEY_TEXT,
        .offset =
            offsetof(struct provider_oauth2, device_authorization_endpoint),
    },
    {
        .name = "scope",
        .help = "what is asked for",
        .type = KEY_TEXT,
        .flags = KEY_REQUIRED,
        .offset = offsetof(struct provider_oauth2, scope),
    },
    {
        .name = "client_id",
        .help = "what the provider knows this program by",
        .type = KEY_TEXT,
        .offset = offsetof(struct provider_oauth2, client_id),
    },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

_Static_assert(sizeof(enum account_tls) == sizeof(int) &&
                   sizeof(enum provider_login) == sizeof(int) &&
                   sizeof(enum provider_auth) == sizeof(int),
               "a KEY_CHOICE is stored as an int");
_Static_assert(COUNT(provider_keys) <= KEYS_MAX, "raise KEYS_MAX");

const struct keys keys_providers = {file_keys, COUNT(file_keys)};
const struct keys keys_provider = {provider_keys, COUNT(provider_keys)};
const struct keys keys_oauth2 = {oauth2_keys, COUNT(oauth2_keys)};
