/*
 * OAuth2: the JSON of an authorization server, and what a browser comes back
 * with. What is taken can be logged, sent on as a line, or asked for.
 */
#include "fuzz.h"

#include "credential/document.h"
#include "credential/grant.h"
#include "credential/redirect.h"
#include "credential/tokens.h"
#include "credential/web.h"

#include <string.h>

static const char *const names[] = {
    "issuer",      "token_endpoint",   "access_token", "refresh_token", "error",
    "device_code", "verification_uri", "expires_in",   "interval",      "a"};

static void read_document(const struct document *document)
{
    struct refusal refusal;
    char words[32];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = document_text(document, names[i], 100);
        long number = document_number(document, names[i], 1, 3600, 0);

        must(!text || (strlen(text) <= 100 && fuzz_is_clean(text)));
        must(number >= 0 && number <= 3600);
        document_words(document, names[i], words, sizeof words);
        must(fuzz_is_clean(words));
    }
    if (refusal_read(&refusal, document))
        must(refusal.code[0] && fuzz_is_clean(refusal.code));
    must(fuzz_is_clean(refusal.words));
}

/* Written and read again it is the same. */
static void read_grant(const char *text)
{
    struct grant grant, again;
    struct buffer line;

    if (grant_read(&grant, text) == 0) {
        buffer_init(&line, SIZE_MAX / 2);
        grant_write(&grant, &line);
        must(!strchr(line.data, '\n'));
        must(grant_read(&again, line.data) == 0);
        must(strcmp(grant.refresh_token, again.refresh_token) == 0);
        must(strcmp(grant.token_endpoint, again.token_endpoint) == 0);
        grant_finish(&again);
        buffer_finish(&line);
    }
    grant_finish(&grant);
}

static void read_url(const char *text)
{
    struct redirect redirect;

    if (web_is_url(text)) {
        must(fuzz_is_clean(text) && !strchr(text, ' '));
        must(web_same_origin(text, text));
    }
    redirect_read(&redirect, text);
    must(!redirect.code || strlen(redirect.code) <= strlen(text));
    redirect_finish(&redirect);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[size - 1] == '\n') /* seeds are files with a line */
        size--;
    char *text = fuzz_text(data, size);
    struct document *document = document_parse(text);

    if (document)
        read_document(document);
    document_destroy(&document);
    read_grant(text);
    read_url(text);
    free(text);
    return 0;
}
