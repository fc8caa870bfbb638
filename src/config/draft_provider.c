/*
 * What may stand in providers.conf: names that are names, pages that are
 * encrypted, quirks that somebody looks at.
 */
#include "config/draft_provider.h"

#include "config/host.h"
#include "config/url.h"

#include <string.h>
#include <strings.h>

static const char *const known_quirks[] = {"app-password",
                                           "app-password-with-2fa", "imap-off",
                                           "few-logins", "local-server"};

bool provider_has_quirk(const struct provider *provider, const char *quirk)
{
    for (size_t i = 0; i < provider->quirk_count; i++) {
        if (strcmp(provider->quirks[i], quirk) == 0)
            return true;
    }
    return false;
}

static void check_quirks(const struct provider *provider,
                         const struct object *object)
{
    for (size_t i = 0; i < provider->quirk_count; i++) {
        size_t known = 0, count = sizeof known_quirks / sizeof *known_quirks;

        while (known < count &&
               strcmp(known_quirks[known], provider->quirks[i]) != 0)
            known++;
        if (known == count)
            reading_error(object->reading, object_place(object, "quirks"),
                          "there is no quirk \"%.64s\"; "
                          "imappushd-providers(5) has those that there are",
                          provider->quirks[i]);
    }
}

/* A whole name; in a pattern, * may stand in it. */
static bool is_name(const char *name, bool is_pattern)
{
    char plain[HOST_MAX + 1];
    size_t length = strlen(name);

    if (length > HOST_MAX)
        return false;
    memcpy(plain, name, length + 1);
    for (char *star = plain; is_pattern && (star = strchr(star, '*'));)
        *star = 'x';
    return host_is_valid(plain) && strchr(plain, '.') && !strchr(plain, ':');
}

static void check_names(const struct object *object, const char *key,
                        const char *const *names, size_t count, bool patterns)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_name(names[i], patterns))
            reading_error(object->reading, object_place(object, key),
                          "%s: \"%.64s\" is not the name of a domain", key,
                          names[i]);
    }
}

static void check_page(const struct object *object, const char *key,
                       const char *page)
{
    struct url url;
    const char *trouble = page ? url_check(page, &url) : NULL;

    if (trouble)
        reading_error(object->reading, object_place(object, key), "%s: %s", key,
                      trouble);
    else if (page && !url.https)
        reading_error(object->reading, object_place(object, key),
                      "%s must begin with https://", key);
}

static void check_oauth2(struct provider_draft *draft,
                         const struct object *object)
{
    struct provider_oauth2 *oauth2 =
        reading_take(object->reading, object->arena, sizeof *oauth2);
    struct object group = {
        .reading = object->reading,
        .arena = object->arena,
        .place = {object->place.file,
                  (unsigned)config_setting_source_line(draft->oauth2)},
        .keys = &keys_oauth2,
        .draft = oauth2,
    };

    object_read(&group, draft->oauth2);
    check_page(&group, "issuer", oauth2->issuer);
    check_page(&group, "authorization_endpoint",
               oauth2->authorization_endpoint);
    check_page(&group, "token_endpoint", oauth2->token_endpoint);
    check_page(&group, "device_authorization_endpoint",
               oauth2->device_authorization_endpoint);
    if (!object_has(&group, "issuer") && !object_has(&group, "token_endpoint"))
        reading_error(object->reading, group.place,
                      "oauth2 needs an issuer, or a token_endpoint");
    draft->provider.oauth2 = oauth2;
}

void provider_draft_check(struct provider_draft *draft,
                          const struct object *object)
{
    struct provider *provider = &draft->provider;

    if (provider->port == 0)
        provider->port = provider->tls == ACCOUNT_TLS_IMPLICIT ? 993 : 143;
    if (provider->host && !host_is_valid(provider->host))
        reading_error(object->reading, object_place(object, "host"),
                      "host is not the name of a host");
    if (!object_has(object, "domains") && !object_has(object, "mx"))
        reading_error(object->reading, object->place,
                      "this provider needs domains or mx: nothing leads to it");
    check_names(object, "domains", provider->domains, provider->domain_count,
                true);
    check_names(object, "mx", provider->mx, provider->mx_count, false);
    check_page(object, "help", provider->help);
    check_quirks(provider, object);
    if (draft->oauth2)
        check_oauth2(draft, object);
    else if (provider->auth != PROVIDER_PASSWORD &&
             !object_has(object, "oauth2"))
        reading_error(object->reading, object_place(object, "auth"),
                      "auth has OAuth2 in it, and there is no oauth2 = { ... "
                      "}");
}
