#include "core/delivery.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/request.h"
#include "core/due.h"
#include "core/failure.h"
#include "core/letter.h"
#include "core/retry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The courier bounds each request itself; this is for a courier that hangs. */
#define ANSWER_MS (REQUEST_DEADLINE_MS + 15000)

void delivery_init(struct delivery *delivery, struct outbox *outbox,
                   struct registry *registry, const char *program,
                   const char *state)
{
    *delivery = (struct delivery){
        .outbox = outbox,
        .registry = registry,
        .program = xstrdup(program),
        .key = xasprintf("%s/vapid.key", state),
        .courier = {.link = -1, .by_ms = CLOCK_NEVER},
        .secret = record_create(true),
        .answer = record_create(true),
    };
}

void delivery_finish(struct delivery *delivery)
{
    process_kill(&delivery->courier);
    process_close(&delivery->courier);
    record_destroy(&delivery->secret);
    record_destroy(&delivery->answer);
    free(delivery->program);
    free(delivery->key);
}

/* ---- the courier ---- */

static void become_courier(void *context, int link)
{
    const struct delivery *delivery = context;

    (void)link; /* COURIER_LINK, by child_settle() */
    execl(delivery->program, delivery->program,
          delivery->needs_key ? delivery->key : (char *)NULL, (char *)NULL);
    log_error("%s: %s; is the installation complete?", delivery->program,
              strerror(errno));
    _exit(EXIT_FAILURE);
}

static bool have_courier(struct delivery *delivery, int64_t now_ms)
{
    if (delivery->courier.pid)
        return delivery->courier.link >= 0;
    if (now_ms < delivery->courier_ms)
        return false;
    pace_count(&delivery->pace, now_ms);
    delivery->courier_ms = pace_next(&delivery->pace, now_ms);
    if (process_start(&delivery->courier, become_courier, delivery, 0) == 0) {
        delivery->courier.by_ms = CLOCK_NEVER;
        return true;
    }
    delivery->courier_ms = now_ms + 1000;
    log_error("the courier cannot be started: %s; trying again in 1 s",
              strerror(errno));
    return false;
}

/* What it had in hand goes to the next one, with the newest version. */
static void courier_gone(struct delivery *delivery)
{
    size_t count;
    struct recipient *recipients = outbox_recipients(delivery->outbox, &count);

    for (size_t i = 0; i < count; i++)
        recipients[i].in_flight = 0;
    registry_unanswered(delivery->registry);
    process_close(&delivery->courier);
    delivery->courier_ms = pace_next(&delivery->pace, clock_boottime_ms());
}

/* The courier reads the key only when it starts, and may have found none that
 * can be used: who reads the configuration again may have mended it. */
static bool needs_another_courier(const struct delivery *delivery, bool needed)
{
    size_t count;
    struct recipient *recipients = outbox_recipients(delivery->outbox, &count);

    if (needed != delivery->needs_key)
        return true;
    for (size_t i = 0; i < count; i++) {
        if (recipients[i].endpoint->kind == ENDPOINT_WEBPUSH &&
            recipients[i].row.health == HEALTH_PARKED)
            return true;
    }
    return false;
}

void delivery_configure(struct delivery *delivery, const struct config *config)
{
    bool needed = registry_needs_key(delivery->registry);

    for (size_t i = 0; i < config->endpoint_count; i++)
        needed = needed || config->endpoints[i].kind == ENDPOINT_WEBPUSH;
    if (delivery->courier.pid && needs_another_courier(delivery, needed)) {
        process_kill(&delivery->courier);
        courier_gone(delivery);
    }
    delivery->needs_key = needed;
}

bool delivery_reaped(struct delivery *delivery, pid_t pid, const char *words)
{
    if (pid != delivery->courier.pid)
        return false;
    delivery_read(delivery); /* outcomes from before its end */
    delivery->courier.pid = 0;
    if (words[0])
        log_warning("the courier %s; starting another when it is needed",
                    words);
    courier_gone(delivery);
    return true;
}

/* ---- out ---- */

/* What is under way: the newest version, or a sign of life. */
static int64_t write_letter(const struct recipient *recipient,
                            struct record *record)
{
    if (!due_has_version(recipient)) {
        letter_write_sign(recipient, record);
        return RECIPIENT_SIGN;
    }
    letter_write(recipient, recipient->row.assigned, record);
    return recipient->row.assigned;
}

static void send_newest(struct delivery *delivery, struct recipient *recipient,
                        int64_t now_ms)
{
    int64_t what = write_letter(recipient, delivery->secret);
    int sent = record_send(delivery->courier.link, delivery->secret);

    explicit_bzero(delivery->secret->data, delivery->secret->length);
    if (sent == 0) {
        recipient->in_flight = what;
        if (what != RECIPIENT_SIGN)
            recipient->tried = what;
        recipient->sent_ms = now_ms;
        delivery->courier.by_ms = now_ms + ANSWER_MS;
        log_debug("%s: version %lld goes to %s", recipient->endpoint->name,
                  (long long)recipient->row.assigned,
                  recipient->endpoint->label);
    } else if (errno == EAGAIN) {
        recipient->next_ms = recipient->trial.next_ms = now_ms + 100;
    } else if (errno == EMSGSIZE) {
        recipient->next_ms = recipient->trial.next_ms = now_ms + 3600000;
        recipient->row.health = HEALTH_PARKED;
        recipient->kind = OUTCOME_REFUSED;
        snprintf(recipient->text, sizeof recipient->text,
                 "the request is too long; shorten its headers and body");
        trial_end(&recipient->trial, recipient->row.assigned,
                  &(struct outcome){.kind = OUTCOME_REFUSED,
                                    .text = "the request is too long"});
        log_error("%s: the request is too long; shorten its headers and body",
                  recipient->endpoint->name);
    } else {
        process_hang_up(&delivery->courier);
    }
}

/* What is under way is sent again by the next one. */
static void have_key(struct delivery *delivery)
{
    if (delivery->needs_key || !registry_needs_key(delivery->registry))
        return;
    delivery->needs_key = true;
    if (delivery->courier.pid) {
        process_kill(&delivery->courier);
        courier_gone(delivery);
    }
}

/* The registry's questions. */
static void ask(struct delivery *delivery, int64_t now_ms)
{
    while (registry_asks(delivery->registry) && delivery->ask_ms <= now_ms &&
           have_courier(delivery, now_ms)) {
        registry_ask(delivery->registry, delivery->secret);
        int sent = record_send(delivery->courier.link, delivery->secret);

        explicit_bzero(delivery->secret->data, delivery->secret->length);
        delivery->courier.by_ms = now_ms + ANSWER_MS;
        if (sent == 0)
            continue;
        registry_unanswered(delivery->registry);
        delivery->ask_ms = now_ms + 100;
        if (errno != EAGAIN)
            process_hang_up(&delivery->courier);
    }
}

void delivery_run(struct delivery *delivery, int64_t now_ms)
{
    size_t count;
    struct recipient *recipients = outbox_recipients(delivery->outbox, &count);

    if (delivery->courier.pid && delivery->courier.by_ms <= now_ms) {
        log_warning("the courier does not answer; starting another");
        process_kill(&delivery->courier);
        courier_gone(delivery);
    }
    have_key(delivery);
    ask(delivery, now_ms);
    for (size_t i = 0; i < count; i++) {
        if (due_ms(&recipients[i]) <= now_ms && have_courier(delivery, now_ms))
            send_newest(delivery, &recipients[i], now_ms);
    }
}

int64_t delivery_next(const struct delivery *delivery)
{
    int64_t next_ms =
        registry_asks(delivery->registry) ? delivery->ask_ms : CLOCK_NEVER;
    size_t count;
    struct recipient *recipients = outbox_recipients(delivery->outbox, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t at_ms = due_ms(&recipients[i]);

        if (at_ms < next_ms)
            next_ms = at_ms;
    }
    if (delivery->courier.pid && delivery->courier.link < 0)
        next_ms = CLOCK_NEVER; /* after its end */
    if (!delivery->courier.pid && next_ms < delivery->courier_ms)
        next_ms = delivery->courier_ms;
    return delivery->courier.by_ms < next_ms ? delivery->courier.by_ms
                                             : next_ms;
}

void delivery_hurry(struct delivery *delivery)
{
    size_t count;
    struct recipient *recipients = outbox_recipients(delivery->outbox, &count);

    for (size_t i = 0; i < count; i++) {
        recipients[i].next_ms = 0;
        recipients[i].backoff.tries = 0;
        recipients[i].row.probes = 0;
    }
}

/* ---- back ---- */

/* A new process tries at once what was only backed off; what is gone or parked
 * waits on, and who asked to be left alone is. */
static void note_health(struct recipient *recipient,
                        const struct outcome *outcome,
                        const struct retry *retry)
{
    struct ledger_endpoint *row = &recipient->row;
    bool waits = retry->health == HEALTH_GONE ||
                 retry->health == HEALTH_PARKED || outcome->retry_after_s > 0;

    recipient->kind = outcome->kind;
    snprintf(recipient->text, sizeof recipient->text, "%s",
             outcome->kind == OUTCOME_ANSWER ? "" : outcome->text);
    row->health = retry->health;
    row->last_status = outcome->status;
    row->next_s = waits && !retry->paid
                      ? (clock_realtime_us() / 1000 + retry->wait_ms) / 1000
                      : 0;
}

/* It was taken, with a status of 2xx. */
static void settle(struct delivery *delivery, struct recipient *recipient,
                   int status)
{
    bool is_sign = recipient->in_flight == RECIPIENT_SIGN;
    enum log_level usual = is_sign ? LOG_DEBUG : LOG_INFO;

    log_write(
        recipient->row.health == HEALTH_OK ? usual : LOG_NOTICE,
        is_sign ? "%s: %s took a sign of life, with version %lld (%d)"
                : "%s: %s took version %lld (%d)",
        recipient->endpoint->name, recipient->endpoint->label,
        (long long)(is_sign ? recipient->row.assigned : recipient->in_flight),
        status);
    if (!is_sign)
        outbox_paid(delivery->outbox, recipient, recipient->in_flight);
    if (is_sign || recipient->endpoint->kind != ENDPOINT_NTFY) {
        recipient->sign = false;
        recipient->sign_ms = clock_boottime_ms();
    }
    recipient->next_ms = 0;
    recipient->ok_ms = clock_boottime_ms();
}

static void take_outcome(struct delivery *delivery,
                         const struct outcome *outcome)
{
    struct recipient *recipient = outbox_find(delivery->outbox, outcome->id);

    outbox_witness(delivery->outbox, outcome->date_s);
    if (!recipient || !recipient->in_flight)
        return; /* the endpoint was removed meanwhile */
    struct retry retry = retry_judge(recipient, outcome);

    if (retry.paid) {
        settle(delivery, recipient, outcome->status);
    } else {
        failure_log(recipient, outcome, &retry);
        /* not a fraction of a millisecond less than was asked for */
        recipient->next_ms = clock_boottime_ms() + retry.wait_ms + 1;
    }
    note_health(recipient, outcome, &retry);
    trial_end(&recipient->trial, recipient->in_flight, outcome);
    outbox_note(delivery->outbox, recipient);
    recipient->in_flight = 0;
}

bool delivery_is_busy(const struct delivery *delivery)
{
    size_t count;
    struct recipient *recipients = outbox_recipients(delivery->outbox, &count);

    for (size_t i = 0; i < count; i++) {
        if (recipients[i].in_flight)
            return true;
    }
    return false;
}

/* What the courier said: an outcome, or an answer. False for nonsense. */
static bool take_record(struct delivery *delivery)
{
    struct record *record = delivery->answer;
    struct subscription answer;
    struct outcome outcome;

    if (record_type(record) == COURIER_SUBSCRIPTION) {
        if (subscription_read(record, &answer) < 0)
            return false;
        registry_answer(delivery->registry, &answer);
        explicit_bzero(record->data, record->length);
        return true;
    }
    if (outcome_read(record, &outcome) < 0)
        return false;
    take_outcome(delivery, &outcome);
    return true;
}

void delivery_read(struct delivery *delivery)
{
    int got = -1;

    while (delivery->courier.link >= 0 &&
           (got = record_receive(delivery->courier.link, delivery->answer)) >
               0) {
        if (!take_record(delivery)) {
            log_error("the courier talks nonsense; starting another");
            process_kill(&delivery->courier);
            courier_gone(delivery);
            return;
        }
    }
    if (!delivery_is_busy(delivery))
        delivery->courier.by_ms = CLOCK_NEVER;
    if (got == 0)
        process_hang_up(&delivery->courier);
}
