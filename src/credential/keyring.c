#include "credential/keyring.h"

#include "base/clock.h"
#include "base/credential.h"
#include "credential/service.h"
#include "credential/vigil.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/* Some of CREDENTIAL_MS is left for the file store. */
#define ANSWER_S 8

/* What the thread works with; not looked at by anybody else before its end. */
struct errand {
    enum { GET, STORE, ERASE } verb;
    const struct question *question;
    int64_t until_ms; /* GET waits until then */
    struct buffer secret;
    struct error err;
    int status;
};

static bool may_change(int status)
{
    return status == CREDENTIAL_LOCKED || status == CREDENTIAL_NO_KEYRING;
}

static int get_with_patience(struct errand *errand)
{
    struct vigil vigil;
    GDBusConnection *bus = service_bus(&errand->err);
    int64_t left_ms = errand->until_ms - clock_boottime_ms();
    int status;

    if (!bus)
        return CREDENTIAL_NO_KEYRING;
    vigil_begin(&vigil, bus);
    do {
        status = service_get(errand->question, &errand->secret, &errand->err);
        left_ms = errand->until_ms - clock_boottime_ms();
    } while (may_change(status) && !g_dbus_connection_is_closed(bus) &&
             vigil_wait(&vigil, left_ms));
    vigil_end(&vigil);
    return status;
}

static void *run(void *context)
{
    struct errand *errand = context;

    switch (errand->verb) {
    case GET:
        errand->status =
            errand->until_ms
                ? get_with_patience(errand)
                : service_get(errand->question, &errand->secret, &errand->err);
        break;
    case STORE:
        errand->status = service_store(errand->question, &errand->err);
        break;
    case ERASE:
        errand->status = service_erase(errand->question, &errand->err);
        break;
    }
    return NULL;
}

static int silent(struct error *err)
{
    error_set(err, ERROR_LATER, "secret",
              "the keyring did not answer within %d s", ANSWER_S);
    return CREDENTIAL_TROUBLE;
}

/* Null when the thread did not end in time: then the errand is its own. */
static struct errand *run_errand(const struct errand *wanted, int wait_s)
{
    struct errand *errand = calloc(1, sizeof *errand);
    struct timespec end;
    pthread_t thread;

    if (!errand)
        return NULL;
    *errand = *wanted;
    buffer_init(&errand->secret, CREDENTIAL_SECRET_MAX);
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += ANSWER_S + wait_s;
    if (pthread_create(&thread, NULL, run, errand) != 0) {
        free(errand);
        return NULL;
    }
    return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &end) == 0
               ? errand
               : NULL;
}

static int take_result(struct errand *errand, struct buffer *secret,
                       struct error *err)
{
    if (!errand)
        return silent(err);
    int status = errand->status;

    *err = errand->err;
    if (secret && errand->secret.length > 0)
        buffer_add(secret, errand->secret.data, errand->secret.length);
    buffer_finish(&errand->secret);
    free(errand);
    return status;
}

int keyring_get(const struct question *question, int wait_s,
                struct buffer *secret, struct error *err)
{
    struct errand wanted = {.verb = GET,
                            .question = question,
                            .until_ms = wait_s > 0 ? clock_boottime_ms() +
                                                         wait_s * INT64_C(1000)
                                                   : 0};

    return take_result(run_errand(&wanted, wait_s), secret, err);
}

int keyring_store(const struct question *question, struct error *err)
{
    struct errand wanted = {.verb = STORE, .question = question};

    return take_result(run_errand(&wanted, 0), NULL, err);
}

int keyring_erase(const struct question *question, struct error *err)
{
    struct errand wanted = {.verb = ERASE, .question = question};

    return take_result(run_errand(&wanted, 0), NULL, err);
}
