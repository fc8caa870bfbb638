#include "cli/push.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/helper.h"
#include "cli/answer.h"
#include "cli/daemon.h"
#include "core/letter.h"
#include "core/outbox.h"
#include "core/process.h"
#include "core/state.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* ---- a courier of our own ---- */

struct courier {
    char *program;
    char *key; /* null: not for Web Push */
    struct process process;
};

static void become_courier(void *context, int link)
{
    const struct courier *courier = context;

    (void)link; /* COURIER_LINK, by child_settle() */
    execl(courier->program, courier->program, courier->key, (char *)NULL);
    _exit(EXIT_FAILURE);
}

/* The outcome, which lies in the record; or -1 with err. */
static int await_outcome(int link, int patience_s, struct record *record,
                         struct outcome *outcome, struct error *err)
{
    struct pollfd fds = {.fd = link, .events = POLLIN};
    int64_t until_ms = clock_boottime_ms() + patience_s * 1000LL;
    int64_t left_ms;

    while ((left_ms = until_ms - clock_boottime_ms()) > 0) {
        if (poll(&fds, 1, (int)left_ms) <= 0)
            continue;
        if (record_receive(link, record) <= 0 ||
            outcome_read(record, outcome) < 0)
            return error_set(err, ERROR_LATER, "courier",
                             "the courier failed; is the installation "
                             "complete?");
        return 0;
    }
    return error_set(err, ERROR_LATER, "timeout", "no answer within %d s",
                     patience_s);
}

/* Sends what lies in the record, and waits. */
static int send_by(struct courier *courier, struct record *record,
                   int patience_s, struct trial *trial, struct error *err)
{
    struct outcome outcome;
    int result = -1;

    if (process_start(&courier->process, become_courier, courier, 0) < 0)
        return error_set(err, ERROR_LATER, "courier",
                         "the courier cannot be started: %s", strerror(errno));
    if (record_send(courier->process.link, record) == 0)
        result = await_outcome(courier->process.link, patience_s, record,
                               &outcome, err);
    else
        error_set(err, ERROR_PERSON, "courier",
                  errno == EMSGSIZE
                      ? "the request is too long; shorten its headers and body"
                      : "the courier failed; is the installation complete?");
    if (result == 0)
        trial_end(trial, trial->version, &outcome);
    process_kill(&courier->process);
    process_close(&courier->process);
    return result;
}

/* One request for the recipient's newest version, which is that of its trial.
 */
static int send_alone(const struct recipient *recipient, const char *state,
                      int patience_s, struct trial *trial, struct error *err)
{
    bool seals = recipient->endpoint->kind == ENDPOINT_WEBPUSH;
    struct courier courier = {
        .program = helper_path("courier"),
        .key = seals ? xasprintf("%s/vapid.key", state) : NULL,
        .process = {.link = -1},
    };
    struct record *record = record_create(true);

    letter_write(recipient, recipient->row.assigned, record);
    *trial = recipient->trial;
    int result = send_by(&courier, record, patience_s, trial, err);

    record_destroy(&record);
    free(courier.program);
    free(courier.key);
    return result == 0                         ? EX_OK
           : strcmp(err->code, "timeout") == 0 ? EX_TEMPFAIL
                                               : EX_OSERR;
}

/* To what is no recipient (yet), by a version that is committed. */
static int send_to_new(const struct endpoint *endpoint, int64_t version,
                       const char *state, int patience_s, struct trial *trial,
                       struct error *err)
{
    struct recipient recipient = {
        .endpoint = endpoint,
        .serial = 1,
        .row = {.assigned = version},
        .trial = {.version = version, .alone = true},
    };

    memcpy(recipient.id, endpoint->id, sizeof recipient.id);
    return send_alone(&recipient, state, patience_s, trial, err);
}

/* ---- with a daemon ---- */

static enum outcome_kind kind_of(const char *word)
{
    return strcmp(word, "answer") == 0        ? OUTCOME_ANSWER
           : strcmp(word, "certificate") == 0 ? OUTCOME_CERTIFICATE
           : strcmp(word, "refused") == 0     ? OUTCOME_REFUSED
                                              : OUTCOME_UNREACHABLE;
}

static void take_answer(const char *text, struct trial *trial)
{
    struct answer *answer = answer_parse(text);

    *trial = (struct trial){.version = answer_number(answer, "version"),
                            .alone = answer_truth(answer, "alone")};
    trial_end(trial, trial->version,
              &(struct outcome){
                  .kind = kind_of(answer_text(answer, "outcome")),
                  .status = (int)answer_number(answer, "status"),
                  .took_ms = answer_number(answer, "took_ms"),
                  .text = answer_text(answer, "text"),
              });
    answer_destroy(&answer);
}

static int reserve(int64_t *version, struct error *err)
{
    struct buffer text;
    int status = daemon_ask("version", &text, err);

    if (status == EX_OK) {
        struct answer *answer = answer_parse(text.data);

        *version = answer_number(answer, "version");
        answer_destroy(&answer);
    }
    buffer_finish(&text);
    return status;
}

/* By the daemon: 0; the exit status, where it cannot; -1 where none runs. */
static int test_by_daemon(const struct endpoint *endpoint, int patience_s,
                          struct trial *trial, struct error *err)
{
    char *line = xasprintf("test-push %s", endpoint->id);
    char *state = state_path();
    struct buffer text;
    int64_t version = 0;
    int status = daemon_ask_within(line, patience_s, &text, err);

    if (status == EX_OK) {
        take_answer(text.data, trial);
    } else if (strcmp(err->code, "unknown-endpoint") == 0) {
        status = reserve(&version, err);
        if (status == EX_OK)
            status =
                send_to_new(endpoint, version, state, patience_s, trial, err);
    } else if (daemon_is_missing(err)) {
        status = -1;
    }
    buffer_finish(&text);
    free(state);
    free(line);
    return status;
}

/* ---- without ---- */

static struct recipient *find(struct outbox *outbox, const char *id)
{
    size_t count;
    struct recipient *recipients = outbox_recipients(outbox, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(recipients[i].id, id) == 0)
            return &recipients[i];
    }
    return NULL;
}

static int no_version(int64_t version, struct error *err)
{
    if (version < 0)
        error_set(err, ERROR_PERSON, "end",
                  "versions have come to their end; register new endpoints");
    else
        error_set(err, ERROR_LATER, "held",
                  "this machine's clock cannot be trusted; set the clock, or "
                  "let it be set over the network");
    return version < 0 ? EX_SOFTWARE : EX_TEMPFAIL;
}

/* An endpoint that the daemon will have when it starts. */
static int test_recipient(struct outbox *outbox, struct recipient *recipient,
                          const char *state, int patience_s,
                          struct trial *trial, struct error *err)
{
    int64_t now_ms = clock_boottime_ms();
    int64_t version = outbox_try(outbox, recipient);

    if (version <= 0)
        return no_version(version, err);
    outbox_run(outbox, now_ms);
    if (!recipient->durable)
        return no_version(0, err);
    int status = send_alone(recipient, state, patience_s, trial, err);

    if (status == EX_OK && push_status(trial) == EX_OK)
        outbox_paid(outbox, recipient, version);
    return status;
}

static int test_alone(const struct config *present,
                      const struct endpoint *endpoint, int patience_s,
                      struct trial *trial, struct error *err)
{
    int lock, status;
    char *state = state_borrow(&lock, &status);

    if (!state) {
        error_set(err, ERROR_LATER, "state",
                  "no daemon can be asked for a version, and without the "
                  "state folder there is none");
        return status;
    }
    struct outbox *outbox = outbox_create(state);

    if (present->endpoint_count > 0) /* else its rows would be forgotten */
        outbox_configure(outbox, present);
    struct recipient *recipient = find(outbox, endpoint->id);

    if (recipient) {
        status =
            test_recipient(outbox, recipient, state, patience_s, trial, err);
        outbox_destroy(&outbox);
    } else {
        int64_t version = outbox_reserve(outbox);

        outbox_destroy(&outbox);
        state_give_back(&lock); /* nobody else pushes to it */
        status = version > 0 ? send_to_new(endpoint, version, state, patience_s,
                                           trial, err)
                             : no_version(version, err);
    }
    state_give_back(&lock);
    free(state);
    return status;
}

int push_test(const struct config *present, const struct endpoint *endpoint,
              int patience_s, struct trial *trial, struct error *err)
{
    int status = test_by_daemon(endpoint, patience_s, trial, err);

    return status >= 0 ? status
                       : test_alone(present, endpoint, patience_s, trial, err);
}
