#include "base/credential.h"

#include "base/credential_private.h"
#include "base/helper.h"
#include "base/spawn.h"

#include <stdlib.h>
#include <string.h>

#define DIAGNOSTICS_MAX 4096
/* For a slow disk that the program is read from. */
#define MARGIN_MS 5000

void credential_add(struct buffer *question, const char *key, const char *value)
{
    if (value)
        buffer_printf(question, "%s=%s\n", key, value);
}

void credential_begin(struct buffer *question,
                      const struct credential *credential)
{
    buffer_init(question, CREDENTIAL_ANSWER_MAX);
    credential_add(question, "account", credential->account);
    credential_add(question, "user", credential->user);
    credential_add(question, "host", credential->host);
    credential_add(question, "kind", credential->kind);
}

char *credential_value(struct buffer *answer, const char *key)
{
    size_t length = strlen(key);
    char *line = answer->data;

    while (line && *line) {
        char *end = strchr(line, '\n');

        if (strncmp(line, key, length) == 0 && line[length] == '=') {
            if (end)
                *end = '\0';
            return line + length + 1;
        }
        line = end ? end + 1 : NULL;
    }
    return NULL;
}

void credential_explain(int status, const char *words, struct error *err)
{
    static const struct {
        int status;
        enum error_class class;
        const char *code;
    } kinds[] = {{CREDENTIAL_LOCKED, ERROR_LATER, "locked"},
                 {CREDENTIAL_NO_KEYRING, ERROR_LATER, "keyring"},
                 {CREDENTIAL_MISSING, ERROR_PERSON, "secret"},
                 {CREDENTIAL_UNSAFE, ERROR_PERSON, "secret"},
                 {CREDENTIAL_SIGN_IN, ERROR_PERSON, "login-needed"},
                 {0, ERROR_LATER, "secret"}};
    size_t i = 0;

    while (kinds[i].status && kinds[i].status != status)
        i++;
    if (words)
        error_set(err, kinds[i].class, kinds[i].code, "%s", words);
    else
        error_set(err, ERROR_LATER, "secret",
                  "the helper program \"credential\" failed with status %d; "
                  "is the installation complete?",
                  status);
}

int credential_ask(const char *verb, struct buffer *question,
                   int64_t patience_ms, struct buffer *answer,
                   struct error *err)
{
    char *path = helper_path("credential");
    const char *argv[] = {path, verb, NULL};
    struct buffer diagnostics;

    buffer_init(answer, CREDENTIAL_ANSWER_MAX);
    buffer_init(&diagnostics, DIAGNOSTICS_MAX);
    int status = spawn_with_input(argv, question, patience_ms + MARGIN_MS,
                                  answer, &diagnostics, err);

    if (status < 0) {
        error_prefix(err, "the helper program \"credential\" ");
        status = CREDENTIAL_TROUBLE;
    } else if (status != CREDENTIAL_DONE) {
        credential_explain(status, credential_value(answer, "error"), err);
    }
    buffer_finish(&diagnostics);
    buffer_finish(question);
    free(path);
    return status;
}

int credential_get(const struct credential *credential, int wait_s,
                   struct buffer *secret, struct error *err)
{
    struct buffer question, answer;

    credential_begin(&question, credential);
    buffer_printf(&question, "wait=%d\n", wait_s);
    int status = credential_ask(
        "get", &question, CREDENTIAL_MS + wait_s * INT64_C(1000), &answer, err);
    const char *found =
        status == CREDENTIAL_DONE ? credential_value(&answer, "secret") : NULL;

    if (found) {
        buffer_add_text(secret, found);
    } else if (status == CREDENTIAL_DONE) {
        status = CREDENTIAL_TROUBLE;
        credential_explain(status, NULL, err);
    }
    buffer_finish(&answer);
    return status;
}

int credential_store(const struct credential *credential, const char *store,
                     const struct buffer *secret, struct error *err)
{
    struct buffer question, answer;

    credential_begin(&question, credential);
    credential_add(&question, "store", store);
    credential_add(&question, "secret", secret->data);
    int status =
        credential_ask("store", &question, CREDENTIAL_MS, &answer, err);

    buffer_finish(&answer);
    return status;
}

int credential_erase(const struct credential *credential, struct error *err)
{
    struct buffer question, answer;

    credential_begin(&question, credential);
    int status =
        credential_ask("erase", &question, CREDENTIAL_MS, &answer, err);

    buffer_finish(&answer);
    return status;
}
