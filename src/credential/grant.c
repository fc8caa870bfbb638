#include "credential/grant.h"

#include "base/alloc.h"
#include "base/json.h"
#include "credential/document.h"
#include "credential/web.h"

#include <stdlib.h>
#include <string.h>

static char *copy(const struct document *document, const char *name, size_t max)
{
    const char *text = document_text(document, name, max);

    return text && *text ? xstrdup(text) : NULL;
}

int grant_read(struct grant *grant, const char *text)
{
    struct document *document = document_parse(text);

    *grant = (struct grant){0};
    if (!document)
        return -1;
    grant->issuer = copy(document, "issuer", WEB_URL_MAX);
    grant->token_endpoint = copy(document, "token_endpoint", WEB_URL_MAX);
    grant->client_id = copy(document, "client_id", GRANT_CLIENT_MAX);
    grant->refresh_token = copy(document, "refresh_token", GRANT_TOKEN_MAX);
    document_destroy(&document);
    return grant->issuer && grant->token_endpoint && grant->client_id &&
                   grant->refresh_token
               ? 0
               : -1;
}

void grant_finish(struct grant *grant)
{
    if (grant->refresh_token)
        explicit_bzero(grant->refresh_token, strlen(grant->refresh_token));
    free(grant->issuer);
    free(grant->token_endpoint);
    free(grant->client_id);
    free(grant->refresh_token);
    *grant = (struct grant){0};
}

void grant_write(const struct grant *grant, struct buffer *out)
{
    struct json json;

    json_start(&json, out);
    json_open_object(&json, NULL);
    json_text(&json, "issuer", grant->issuer);
    json_text(&json, "token_endpoint", grant->token_endpoint);
    json_text(&json, "client_id", grant->client_id);
    json_text(&json, "refresh_token", grant->refresh_token);
    json_close_object(&json);
}
