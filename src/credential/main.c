/*
 * imappushd's credential helper: where secrets are at rest, and what makes
 * access tokens of them.
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
#include "credential/lock.h"
#include "credential/refresh.h"
#include "credential/signin.h"
#include "credential/stores.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what it does ---- */

static int get(const struct question *question, struct answer *answer,
               struct error *err)
{
    return stores_get(question, &answer->secret, &answer->store, err);
}

static int store(const struct question *question, struct answer *answer,
                 struct error *err)
{
    answer->store = question->store;
    return stores_put(question, err);
}

static int erase(const struct question *question, struct answer *answer,
                 struct error *err)
{
    (void)answer;
    return stores_erase(question, err);
}

#define HELPER_S (CREDENTIAL_MS / 1000)

/* What a question has to have besides the account. */
enum { NEEDS_KIND = 1, NEEDS_SECRET = 2 };

static const struct verb {
    const char *name;
    int (*run)(const struct question *question, struct answer *answer,
               struct error *err);
    unsigned limit_s; /* should a disk hang, or even the keyring's deadline
                         fail; not counting the wait for the keyring */
    unsigned needs;
    bool locks; /* it would come between a refresh and its end */
} verbs[] = {
    {"get", get, HELPER_S, NEEDS_KIND, false},
    {"store", store, HELPER_S, NEEDS_KIND | NEEDS_SECRET, true},
    {"erase", erase, HELPER_S, 0, true},
    {"token", refresh_run, CREDENTIAL_TOKEN_MS / 1000, NEEDS_KIND, true},
    {"signin", signin_run, 2000, NEEDS_KIND, false},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}

/* ---- question and answer ---- */

static void say(const char *key, const char *value)
{
    if (value && *value)
        printf("%s=%s\n", key, value);
}

static bool makes_sense(const struct verb *verb,
                        const struct question *question)
{
    if ((verb->needs & NEEDS_SECRET) && (!question->secret || !question->store))
        return false;
    return !(verb->needs & NEEDS_KIND) || question->kind;
}

static int run(const struct verb *verb, const struct question *question)
{
    struct answer answer = {0};
    struct error err = {0};

    buffer_init(&answer.secret, CREDENTIAL_SECRET_MAX);
    if (verb->locks &&
        (!question->kind || strcmp(question->kind, CREDENTIAL_GRANT) == 0))
        lock_take(question->account);
    int status = verb->run(question, &answer, &err);

    if (status == CREDENTIAL_DONE) {
        say("store", answer.store);
        say("secret", answer.secret.data);
        say("warning", answer.warning.text);
        if (answer.lives_s > 0)
            printf("lives=%ld\n", answer.lives_s);
    } else {
        say("error", err.text);
    }
    fflush(stdout);
    buffer_finish(&answer.secret);
    return status;
}

int main(int argc, char **argv)
{
    const struct verb *verb = argc == 2 ? find_verb(argv[1]) : NULL;
    static struct question question;
    struct error err;

    sandbox_every_process();
    signal(SIGPIPE, SIG_IGN);
    unsetenv("DISPLAY"); /* GLib would start a bus of its own for it */
    if (!verb) {
        fputs("usage: credential get|store|erase|token|signin; imappushd runs "
              "it by itself\n",
              stderr);
        return CREDENTIAL_MISUSED;
    }
    int result = question_read(&question, STDIN_FILENO, &err);

    if (result == 0 && !makes_sense(verb, &question))
        result = error_set(&err, ERROR_PERSON, "question",
                           "the question lacks kind, store or secret");
    if (result < 0) {
        say("error", err.text);
        question_finish(&question);
        return CREDENTIAL_MISUSED;
    }
    alarm(verb->limit_s + (unsigned)question.wait_s);
    /* Nothing is freed: a thread that did not end may still be using it. */
    _exit(run(verb, &question));
}
