/*
 * imappushd's credential helper: where secrets are at rest.
 *
 * A session runs it before it gives up its rights, the command line when a
 * person sets a password; it lives for milliseconds, so that neither libsecret
 * nor GLib is in a process that stays. What it is asked, and what it answers,
 * is in base/credential.h. There are two stores: the keyring (keyring.h), and
 * files in plain text for boxes without one (vault.h).
 */
#include "base/credential.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "credential/keyring.h"
#include "credential/vault.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- get ---- */

/* In neither store. The keyring's reason is told, unless the file's is worse.
 */
static int not_found(const struct question *question, int keyring,
                     struct error *err)
{
    char reason[sizeof err->text];

    snprintf(reason, sizeof reason, "%s", err->text);
    switch (keyring) {
    case CREDENTIAL_MISSING:
        error_set(err, ERROR_PERSON, "secret",
                  "there is no %s, neither in the keyring nor in the file "
                  "store; run: imappushd --set-password %s",
                  question->kind, question->account);
        break;
    case CREDENTIAL_NO_KEYRING:
        error_set(err, ERROR_LATER, "keyring",
                  "%s, and no %s in the file store; run: imappushd "
                  "--set-password %s",
                  reason, question->kind, question->account);
        break;
    default:
        break;
    }
    return keyring;
}

/* The file is looked at first, which costs nothing: nobody is to wait for a
 * keyring when there is a secret in it. The keyring's counts. */
static int get(const struct question *question, struct buffer *secret,
               const char **store, struct error *err)
{
    struct buffer kept;
    struct error file_err = {0};

    buffer_init(&kept, CREDENTIAL_SECRET_MAX);
    int file = vault_get(question, &kept, &file_err);
    int status = keyring_get(
        question, file == CREDENTIAL_DONE ? 0 : question->wait_s, secret, err);

    *store = "keyring";
    if (status != CREDENTIAL_DONE && file == CREDENTIAL_DONE) {
        buffer_add(secret, kept.data, kept.length);
        *store = "file";
        status = CREDENTIAL_DONE;
    } else if (status != CREDENTIAL_DONE && file != CREDENTIAL_MISSING) {
        *err = file_err;
        status = file;
    } else if (status != CREDENTIAL_DONE) {
        status = not_found(question, status, err);
    }
    buffer_finish(&kept);
    return status;
}

/* ---- store ---- */

/* What a locked keyring has is older, and would count as soon as it is
 * unlocked. That it may have one is no reason to refuse. */
static int store_in_file(const struct question *question, struct error *err)
{
    int keyring = keyring_erase(question, err);

    if (keyring == CREDENTIAL_LOCKED && strcmp(err->code, "locked") == 0) {
        error_prefix(err, "an older one in the keyring would be used instead "
                          "of the file: ");
        return keyring;
    }
    return vault_store(question, err);
}

static int store(const struct question *question, struct error *err)
{
    if (strcmp(question->store, "file") == 0)
        return store_in_file(question, err);
    int status = keyring_store(question, err);

    return status == CREDENTIAL_DONE ? vault_erase(question, err) : status;
}

/* ---- erase ---- */

static int erase(const struct question *question, struct error *err)
{
    int file = vault_erase(question, err);
    struct error keyring_err = {0};
    int keyring = keyring_erase(question, &keyring_err);

    if (file != CREDENTIAL_DONE || keyring == CREDENTIAL_NO_KEYRING)
        return file;
    *err = keyring_err;
    return keyring;
}

/* ---- question and answer ---- */

static void answer(const char *key, const char *value)
{
    if (value)
        printf("%s=%s\n", key, value);
}

/* Only to erase is possible without naming what. */
static bool makes_sense(const char *verb, const struct question *question)
{
    if (strcmp(verb, "erase") == 0)
        return true;
    return question->kind &&
           (strcmp(verb, "get") == 0 || (question->secret && question->store));
}

static int run(const char *verb, const struct question *question)
{
    struct buffer secret;
    struct error err = {0};
    const char *where = question->store;
    int status;

    buffer_init(&secret, CREDENTIAL_SECRET_MAX);
    if (strcmp(verb, "get") == 0)
        status = get(question, &secret, &where, &err);
    else if (strcmp(verb, "store") == 0)
        status = store(question, &err);
    else
        status = erase(question, &err);
    if (status == CREDENTIAL_DONE) {
        answer("store", where);
        answer("secret", secret.data);
    } else {
        answer("error", err.text);
    }
    fflush(stdout);
    buffer_finish(&secret);
    return status;
}

static bool is_verb(const char *word)
{
    return strcmp(word, "get") == 0 || strcmp(word, "store") == 0 ||
           strcmp(word, "erase") == 0;
}

int main(int argc, char **argv)
{
    struct question question;
    struct error err;

    sandbox_every_process();
    signal(SIGPIPE, SIG_IGN);
    unsetenv("DISPLAY"); /* GLib would start a bus of its own for it */
    if (argc != 2 || !is_verb(argv[1])) {
        fputs(
            "usage: credential get|store|erase; imappushd runs it by itself\n",
            stderr);
        return CREDENTIAL_MISUSED;
    }
    int result = question_read(&question, STDIN_FILENO, &err);

    if (result == 0 && !makes_sense(argv[1], &question))
        result = error_set(&err, ERROR_PERSON, "question",
                           "the question lacks kind, store or secret");
    if (result < 0) {
        answer("error", err.text);
        question_finish(&question);
        return CREDENTIAL_MISUSED;
    }
    /* Should a disk hang, or even the deadline of the keyring fail. */
    alarm((unsigned)(CREDENTIAL_MS / 1000 + question.wait_s));
    /* Nothing is freed: a thread that did not end may still be using it. */
    _exit(run(argv[1], &question));
}
