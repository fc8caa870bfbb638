#include "discover/finding.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- templates ---- */

/* What a placeholder that text begins with stands for, and its length; null
 * where there is none. */
static const char *placeholder(const struct mail_address *address,
                               const char *text, size_t *length)
{
    const struct {
        const char *name, *value;
    } known[] = {
        {"%EMAILADDRESS%", address->text},
        {"%EMAILLOCALPART%", address->local},
        {"%EMAILDOMAIN%", address->domain},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        *length = strlen(known[i].name);
        if (strncmp(text, known[i].name, *length) == 0)
            return known[i].value;
    }
    return NULL;
}

/* Null when it becomes longer than a login name may be; free() it. */
static char *fill_in(const struct mail_address *address, const char *template)
{
    struct buffer out;

    int result = 0;

    buffer_init(&out, FINDING_USER_MAX);
    while (*template && result == 0) {
        size_t length;
        const char *value = placeholder(address, template, &length);

        result = value ? buffer_add_text(&out, value)
                       : buffer_add(&out, template, 1);
        template += value ? length : 1;
    }
    char *filled = result == 0 ? xstrdup(out.data ? out.data : "") : NULL;

    buffer_finish(&out);
    return filled;
}

static bool is_user(const char *text)
{
    size_t length = strlen(text);

    return length > 0 && text_is_utf8(text, length) &&
           !text_has_control(text, length);
}

/* ---- */

int finding_take(struct finding *finding, const struct mail_address *address,
                 const char *host, long port, enum account_tls tls,
                 const char *user, struct error *err)
{
    char *name = fill_in(address, host);

    finding->host = name ? mail_address_host(name) : NULL;
    free(name);
    if (!finding->host)
        return error_set(err, ERROR_PERSON, "host",
                         "has a host that cannot be one");
    if (port < 1 || port > 65535)
        return error_set(err, ERROR_PERSON, "port",
                         "has a port that cannot be one");
    finding->user = fill_in(address, user ? user : "%EMAILADDRESS%");
    if (!finding->user || !is_user(finding->user))
        return error_set(err, ERROR_PERSON, "user",
                         "has a login name that cannot be one");
    finding->port = (int)port;
    finding->tls = tls;
    return 0;
}

void finding_take_provider(struct finding *finding,
                           const struct mail_address *address,
                           const struct provider *provider)
{
    bool local = provider->login == PROVIDER_LOCAL_PART;

    finding->host = xstrdup(provider->host);
    finding->port = provider->port;
    finding->tls = provider->tls;
    finding->user = xstrdup(local ? address->local : address->text);
    finding->password = provider->auth != PROVIDER_OAUTH2;
    finding->oauth2 = provider->auth != PROVIDER_PASSWORD;
    finding->provider = xstrdup(provider->name);
}

void finding_finish(struct finding *finding)
{
    free(finding->host);
    free(finding->user);
    free(finding->provider);
    *finding = (struct finding){0};
}

bool finding_is_inside(const char *host, const struct mail_address *address)
{
    size_t length = strlen(host), tail = strlen(address->ascii);

    return length >= tail &&
           strcmp(host + length - tail, address->ascii) == 0 &&
           (length == tail || host[length - tail - 1] == '.');
}
