#include "base/credential.h"

#include "base/helper.h"
#include "base/spawn.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX (CREDENTIAL_SECRET_MAX + 4096)
#define DIAGNOSTICS_MAX 4096
/* For a slow disk that the program is read from. */
#define MARGIN_MS 5000

static void add_line(struct buffer *question, const char *key,
                     const char *value)
{
    if (value)
        buffer_printf(question, "%s=%s\n", key, value);
}

static void ask_about(struct buffer *question,
                      const struct credential *credential)
{
    buffer_init(question, ANSWER_MAX);
    add_line(question, "account", credential->account);
    add_line(question, "user", credential->user);
    add_line(question, "host", credential->host);
    add_line(question, "kind", credential->kind);
}

/* The value of a key in the answer, NUL-terminated in place; null for none. */
static char *value_of(struct buffer *answer, const char *key)
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

static void explain(int status, const char *words, struct error *err)
{
    static const struct {
        int status;
        enum error_class class;
        const char *code;
    } kinds[] = {{CREDENTIAL_LOCKED, ERROR_LATER, "locked"},
                 {CREDENTIAL_NO_KEYRING, ERROR_LATER, "keyring"},
                 {CREDENTIAL_MISSING, ERROR_PERSON, "secret"},
                 {CREDENTIAL_UNSAFE, ERROR_PERSON, "secret"},
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

/* Runs the program; the answer is the caller's to finish. */
static int ask(const char *verb, struct buffer *question, int64_t patience_ms,
               struct buffer *answer, struct error *err)
{
    char *path = helper_path("credential");
    const char *argv[] = {path, verb, NULL};
    struct buffer diagnostics;

    buffer_init(answer, ANSWER_MAX);
    buffer_init(&diagnostics, DIAGNOSTICS_MAX);
    int status = spawn_with_input(argv, question, patience_ms + MARGIN_MS,
                                  answer, &diagnostics, err);

    if (status < 0) {
        error_prefix(err, "the helper program \"credential\" ");
        status = CREDENTIAL_TROUBLE;
    } else if (status != CREDENTIAL_DONE) {
        explain(status, value_of(answer, "error"), err);
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

    ask_about(&question, credential);
    buffer_printf(&question, "wait=%d\n", wait_s);
    int status = ask("get", &question, CREDENTIAL_MS + wait_s * INT64_C(1000),
                     &answer, err);
    const char *found =
        status == CREDENTIAL_DONE ? value_of(&answer, "secret") : NULL;

    if (found) {
        buffer_add_text(secret, found);
    } else if (status == CREDENTIAL_DONE) {
        status = CREDENTIAL_TROUBLE;
        explain(status, NULL, err);
    }
    buffer_finish(&answer);
    return status;
}

int credential_store(const struct credential *credential, const char *store,
                     const struct buffer *secret, struct error *err)
{
    struct buffer question, answer;

    ask_about(&question, credential);
    add_line(&question, "store", store);
    add_line(&question, "secret", secret->data);
    int status = ask("store", &question, CREDENTIAL_MS, &answer, err);

    buffer_finish(&answer);
    return status;
}

int credential_erase(const struct credential *credential, struct error *err)
{
    struct buffer question, answer;

    ask_about(&question, credential);
    int status = ask("erase", &question, CREDENTIAL_MS, &answer, err);

    buffer_finish(&answer);
    return status;
}
