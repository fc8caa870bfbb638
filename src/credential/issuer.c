#include "credential/issuer.h"

#include "base/alloc.h"
#include "credential/document.h"
#include "credential/web.h"

#include <stdlib.h>
#include <string.h>

#define OPENID "/.well-known/openid-configuration"
#define OAUTH "/.well-known/oauth-authorization-server"

/* Length of "https://host:port", without the path. */
static size_t origin_length(const char *url)
{
    const char *host = strstr(url, "://");

    return host ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#")
                : strlen(url);
}

/* OpenID's word stands behind the path of the issuer, that of RFC 8414 (§3.1)
 * in front of it. */
static char *metadata_url(const char *url, bool openid)
{
    size_t length = strlen(url), origin = origin_length(url);

    while (length > origin && url[length - 1] == '/')
        length--;
    return openid ? xasprintf("%.*s%s", (int)length, url, OPENID)
                  : xasprintf("%.*s%s%.*s", (int)origin, url, OAUTH,
                              (int)(length - origin), url + origin);
}

/* Null where there is none at that place; err then says why. */
static struct document *fetch(const char *url, bool openid, struct error *err)
{
    struct web_answer answer;
    struct document *document = NULL;
    char *place = metadata_url(url, openid);

    if (web_ask(place, NULL, &answer, err) == 0) {
        if (answer.status == 200)
            document = document_parse(answer.body.data);
        if (!document)
            error_set(err, ERROR_LATER, "issuer",
                      "%s does not say where to sign in (HTTP status %d); is "
                      "oauth2_issuer right?",
                      url, answer.status);
    }
    web_answer_finish(&answer);
    free(place);
    return document;
}

static char *endpoint(const struct document *document, const char *name,
                      const char *issuer)
{
    const char *url = document_text(document, name, WEB_URL_MAX);
    bool is_local = strncmp(issuer, "http://", 7) == 0;

    /* https does not lead to what is not */
    if (!url || !web_is_url(url) ||
        (!is_local && strncmp(url, "http://", 7) == 0))
        return NULL;
    return xstrdup(url);
}

static bool is_same_issuer(const char *a, const char *b)
{
    size_t length = strlen(a), other = strlen(b);

    while (length > 0 && a[length - 1] == '/')
        length--;
    while (other > 0 && b[other - 1] == '/')
        other--;
    return (length == other && strncmp(a, b, length) == 0) ||
           web_same_origin(a, b);
}

static int take(const struct document *document, const char *url,
                struct issuer *issuer, struct error *err)
{
    const char *name = document_text(document, "issuer", WEB_URL_MAX);

    if (!name || !is_same_issuer(name, url))
        return error_set(err, ERROR_PERSON, "issuer",
                         "%s says that it is another issuer; correct "
                         "oauth2_issuer",
                         url);
    issuer->name = xstrdup(name);
    issuer->token_endpoint = endpoint(document, "token_endpoint", url);
    issuer->authorization_endpoint =
        endpoint(document, "authorization_endpoint", url);
    issuer->device_endpoint =
        endpoint(document, "device_authorization_endpoint", url);
    issuer->says_iss = document_is_true(
        document, "authorization_response_iss_parameter_supported");
    if (issuer->token_endpoint &&
        (issuer->authorization_endpoint || issuer->device_endpoint))
        return 0;
    return error_set(err, ERROR_PERSON, "issuer",
                     "%s offers no way to sign in that a program can use", url);
}

int issuer_discover(const char *url, struct issuer *issuer, struct error *err)
{
    *issuer = (struct issuer){0};
    if (!web_is_url(url))
        return error_set(err, ERROR_PERSON, "issuer",
                         "oauth2_issuer has to be a URL that begins with "
                         "https://");
    struct document *document = fetch(url, true, err);

    if (!document && strcmp(err->code, "web") != 0)
        document = fetch(url, false, err);
    if (!document)
        return -1;
    int result = take(document, url, issuer, err);

    document_destroy(&document);
    return result;
}

int issuer_take(struct issuer *issuer, const char *name, const char *token,
                const char *authorization, const char *device,
                struct error *err)
{
    const char *const urls[] = {token, authorization, device};

    *issuer = (struct issuer){0};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        if (urls[i] && !web_is_url(urls[i]))
            return error_set(err, ERROR_PERSON, "issuer",
                             "an endpoint in providers.conf is not the URL of "
                             "a server that may be asked");
    }
    issuer->name = name ? xstrdup(name) : NULL;
    issuer->token_endpoint = xstrdup(token);
    issuer->authorization_endpoint =
        authorization ? xstrdup(authorization) : NULL;
    issuer->device_endpoint = device ? xstrdup(device) : NULL;
    return 0;
}

void issuer_finish(struct issuer *issuer)
{
    free(issuer->name);
    free(issuer->token_endpoint);
    free(issuer->authorization_endpoint);
    free(issuer->device_endpoint);
    *issuer = (struct issuer){0};
}
