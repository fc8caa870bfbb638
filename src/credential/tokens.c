#include "credential/tokens.h"

#include "base/alloc.h"
#include "base/credential.h"
#include "credential/document.h"
#include "credential/grant.h"
#include "credential/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool refusal_read(struct refusal *refusal, const struct document *document)
{
    const char *code = document_text(document, "error", sizeof refusal->code);

    *refusal = (struct refusal){0};
    if (!code || !*code)
        return false;
    /* a code is letters and underscores; it goes to the log */
    snprintf(refusal->code, sizeof refusal->code, "%.*s",
             (int)strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_-"), code);
    document_words(document, "error_description", refusal->words,
                   sizeof refusal->words);
    return refusal->code[0] != '\0';
}

static bool is_token(const char *token)
{
    if (!token || !*token)
        return false;
    while (*token > ' ' && *token <= '~')
        token++;
    return !*token;
}

static char *copy_token(const struct document *document, const char *name,
                        size_t max)
{
    const char *token = document_text(document, name, max);

    return is_token(token) ? xstrdup(token) : NULL;
}

static int take(const struct document *document, struct tokens *tokens)
{
    const char *type = document_text(document, "token_type", 32);

    if (type && strcasecmp(type, "bearer") != 0)
        return -1;
    tokens->access =
        copy_token(document, "access_token", CREDENTIAL_SECRET_MAX - 1);
    tokens->refresh = copy_token(document, "refresh_token", GRANT_TOKEN_MAX);
    tokens->lives_s =
        document_number(document, "expires_in", 1, TOKENS_LIFE_MAX, 0);
    return tokens->access ? 0 : -1;
}

static int no_sense(const char *endpoint, int status, struct error *err)
{
    const char *host = strstr(endpoint, "://");

    host = host ? host + 3 : endpoint;
    return error_set(err, ERROR_LATER, "web",
                     "%.*s answered the request for an access token with HTTP "
                     "status %d, and nothing that can be used",
                     (int)strcspn(host, "/?#"), host, status);
}

static int judge(const char *endpoint, const struct web_answer *answer,
                 struct tokens *tokens, struct refusal *refusal,
                 struct error *err)
{
    struct document *document = document_parse(answer->body.data);
    int result = -1;

    if (document && answer->status == 200)
        result = take(document, tokens);
    else if (document && answer->status < 500 && answer->status != 429 &&
             refusal_read(refusal, document))
        result = 1;
    document_destroy(&document);
    return result < 0 ? no_sense(endpoint, answer->status, err) : result;
}

int tokens_ask(const char *endpoint, const struct client *client,
               struct buffer *form, struct tokens *tokens,
               struct refusal *refusal, struct error *err)
{
    struct web_answer answer;

    *tokens = (struct tokens){0};
    *refusal = (struct refusal){0};
    web_form_add(form, "client_id", client->id);
    if (client->secret)
        web_form_add(form, "client_secret", client->secret);
    int result = web_ask(endpoint, form, &answer, err);

    buffer_finish(form);
    if (result == 0)
        result = judge(endpoint, &answer, tokens, refusal, err);
    web_answer_finish(&answer);
    return result;
}

static void wipe(char *token)
{
    if (token)
        explicit_bzero(token, strlen(token));
    free(token);
}

void tokens_finish(struct tokens *tokens)
{
    wipe(tokens->access);
    wipe(tokens->refresh);
    *tokens = (struct tokens){0};
}
