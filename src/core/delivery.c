#include "core/delivery.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/quiet.h"
#include "base/request.h"
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
                   const char *program, const char *state)
{
    *delivery = (struct delivery){
        .outbox = outbox,
        .program = xstrdup(program),
        .key = xasprintf("%s/vapid.key", state),
        .courier = {.link = -1, .by_ms = CLOCK_NEVER},
        .secret = record_create(true),
        .answer = record_create(false),
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
    bool needed = false;

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

/* When quiet hours end, on clock_boottime_ms(); 0 outside of them. Asked again
 * whenever something is looked at, so that a step of the calendar counts. */
static int64_t quiet_end_ms(const struct endpoint *endpoint)
{
    if (endpoint->quiet_count == 0)
        return 0;
    int64_t now_ms = clock_realtime_us() / 1000;
    int64_t end_ms =
        quiet_until(endpoint->quiet, endpoint->quiet_count, now_ms / 1000) *
        1000;

    return end_ms > now_ms ? clock_boottime_ms() + end_ms - now_ms : 0;
}

/* Is there a version to be sent? */
static bool has_version(const struct recipient *recipient)
{
    return recipient_is_owed(recipient) && recipient->durable;
}

/* When a recipient's newest version may be sent, or else a sign of life;
 * CLOCK_NEVER for not at all. */
static int64_t due_ms(const struct recipient *recipient)
{
    bool is_news = has_version(recipient);
    int64_t at_ms = recipient->next_ms;
    int64_t spaced_ms =
        recipient->sent_ms + recipient->endpoint->min_interval_s * 1000LL;

    if ((!is_news && !recipient->sign) || recipient->in_flight)
        return CLOCK_NEVER;
    int64_t quiet_ms = 0;

    if (is_news || recipient->endpoint->kind != ENDPOINT_NTFY)
        quiet_ms = quiet_end_ms(recipient->endpoint); /* something is shown */

    if (recipient->row.health == HEALTH_PARKED &&
        recipient->row.assigned > recipient->tried)
        at_ms = 0; /* a new event is worth a try */
    if (recipient->sent_ms && spaced_ms > at_ms)
        at_ms = spaced_ms;
    return quiet_ms > at_ms ? quiet_ms : at_ms;
}

/* What is under way: the newest version, or a sign of life. */
static int64_t write_letter(const struct recipient *recipient,
                            struct record *record)
{
    if (!has_version(recipient)) {
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
        recipient->next_ms = now_ms + 100;
    } else if (errno == EMSGSIZE) {
        recipient->next_ms = now_ms + 3600000;
        recipient->row.health = HEALTH_PARKED;
        log_error("%s: the request is too long; shorten its headers and body",
                  recipient->endpoint->name);
    } else {
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
    for (size_t i = 0; i < count; i++) {
        if (due_ms(&recipients[i]) <= now_ms && have_courier(delivery, now_ms))
            send_newest(delivery, &recipients[i], now_ms);
    }
}

int64_t delivery_next(const struct delivery *delivery)
{
    int64_t next_ms = CLOCK_NEVER;
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

static void describe_wait(int64_t wait_ms, char *text, size_t size)
{
    if (wait_ms < 120000)
        snprintf(text, size, "%lld s", (long long)(wait_ms + 999) / 1000);
    else if (wait_ms < 7200000)
        snprintf(text, size, "%lld min", (long long)wait_ms / 60000);
    else
        snprintf(text, size, "%lld h", (long long)wait_ms / 3600000);
}

static const char *meaning_of(const struct outcome *outcome,
                              const struct retry *retry)
{
    switch (outcome->kind == OUTCOME_ANSWER ? outcome->status : 0) {
    case 404:
    case 410:
        return " (this push URL is gone; the phone has to register anew)";
    case 401:
    case 403:
        return " (it does not accept who we are)";
    case 405:
        return " (it does not take this method; is it a Web Push URL?)";
    case 413:
        return retry->health == HEALTH_RETRYING
                   ? " (too large for it; it gets no texts any more)"
                   : " (the request is too large for it)";
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return " (a redirect, which is not followed; correct the URL)";
    default:
        return "";
    }
}

/* Once per trouble; the same again is for those who debug. */
static void log_failure(const struct recipient *recipient,
                        const struct outcome *outcome,
                        const struct retry *retry)
{
    char wait[32], status[32];
    bool answered = outcome->kind == OUTCOME_ANSWER;
    bool again = recipient->row.health == retry->health &&
                 recipient->row.last_status == outcome->status;

    describe_wait(retry->wait_ms, wait, sizeof wait);
    snprintf(status, sizeof status, "answered %d", outcome->status);
    log_write(again ? LOG_DEBUG : LOG_WARNING, "%s: %s %s%s; retrying in %s",
              recipient->endpoint->name, recipient->endpoint->label,
              answered ? status : outcome->text, meaning_of(outcome, retry),
              wait);
}

/* A new process tries at once what was only backed off; what is gone or parked
 * waits on, and who asked to be left alone is. */
static void note_health(struct recipient *recipient,
                        const struct outcome *outcome,
                        const struct retry *retry)
{
    struct ledger_endpoint *row = &recipient->row;
    bool waits = retry->health == HEALTH_GONE ||
                 retry->health == HEALTH_PARKED || outcome->retry_after_s > 0;

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
        log_failure(recipient, outcome, &retry);
        /* not a fraction of a millisecond less than was asked for */
        recipient->next_ms = clock_boottime_ms() + retry.wait_ms + 1;
    }
    note_health(recipient, outcome, &retry);
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

void delivery_read(struct delivery *delivery)
{
    struct outcome outcome;
    int got = -1;

    while (delivery->courier.link >= 0 &&
           (got = record_receive(delivery->courier.link, delivery->answer)) >
               0) {
        if (outcome_read(delivery->answer, &outcome) < 0) {
            log_error("the courier talks nonsense; starting another");
            process_kill(&delivery->courier);
            courier_gone(delivery);
            return;
        }
        take_outcome(delivery, &outcome);
    }
    if (!delivery_is_busy(delivery))
        delivery->courier.by_ms = CLOCK_NEVER;
    if (got == 0)
        process_hang_up(&delivery->courier);
}
