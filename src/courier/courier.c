#include "courier/courier.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/record.h"
#include "base/request.h"
#include "courier/judge.h"
#include "courier/memory.h"
#include "courier/subscription.h"
#include "courier/transfer.h"
#include "courier/webpush.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sysexits.h>
#include <unistd.h>

struct courier {
    int link;
    int timer;
    struct courier_patience patience;
    CURLM *multi;
    struct record *record; /* for what comes and what goes: both are secret */
    TAILQ_HEAD(transfers, transfer) transfers;
    int count;             /* of transfers */
    int64_t idle_since_ms; /* while there are none */
    bool connections_kept;
};

/* ---- to and from the core ---- */

/* Nobody waits for an outcome any more, and a push that is under way comes
 * again with the next core. */
static _Noreturn void core_is_gone(void)
{
    _exit(EXIT_SUCCESS);
}

/* The core always reads, so this may wait. */
static void send_record(struct courier *courier)
{
    while (record_send(courier->link, courier->record) < 0) {
        struct pollfd room = {.fd = courier->link, .events = POLLOUT};

        if (errno != EAGAIN)
            core_is_gone();
        poll(&room, 1, -1);
    }
}

static void send_outcome(struct courier *courier, const struct outcome *outcome)
{
    outcome_pack(courier->record, outcome);
    send_record(courier);
}

static void start_transfer(struct courier *courier,
                           const struct request *request)
{
    const char *refused;
    struct transfer *transfer = transfer_create(request, &refused);

    if (!transfer) {
        send_outcome(courier, &(struct outcome){.id = request->id,
                                                .kind = OUTCOME_REFUSED,
                                                .text = refused});
        return;
    }
    transfer->deadline_ms = clock_boottime_ms() + courier->patience.request_ms;
    TAILQ_INSERT_TAIL(&courier->transfers, transfer, link);
    courier->count++;
    courier->connections_kept = true;
    curl_multi_add_handle(courier->multi, transfer->easy);
}

/* What the core sent: a request, or a question. 0, or -1 for nonsense. */
static int take_record(struct courier *courier)
{
    struct record *record = courier->record;
    struct request request;
    const char *value;
    int64_t id;

    if (record_type(record) == COURIER_READ) {
        if (subscription_read_value(record, &id, &value) < 0)
            return -1;
        subscription_answer(record, id, value, webpush_key());
        send_record(courier);
        return 0;
    }
    if (request_read(record, &request) < 0)
        return -1;
    start_transfer(courier, &request);
    return 0;
}

/* As many as there is room for: 0, or -1 when the core talks nonsense. */
static int take_requests(struct courier *courier)
{
    struct record *record = courier->record;
    int got;

    while (courier->count < COURIER_TRANSFERS) {
        got = record_receive(courier->link, record);
        if (got < 0 && errno == EAGAIN)
            break;
        if (got <= 0)
            core_is_gone();
        size_t length = record->length;

        courier->idle_since_ms = clock_boottime_ms();
        if (take_record(courier) < 0)
            return -1;
        if (length < record->length) /* an answer went into it, too */
            length = record->length;
        explicit_bzero(record->data, length);
    }
    return 0;
}

/* ---- transfers ---- */

static void end_transfer(struct courier *courier, struct transfer *transfer,
                         CURLcode result)
{
    struct outcome outcome;

    judge_transfer(transfer, result, &outcome);
    /* where it is the stream's own trouble, others go on over the connection */
    if (outcome.kind == OUTCOME_UNREACHABLE && result != CURLE_HTTP2_STREAM)
        transfer_break_connection(transfer);
    send_outcome(courier, &outcome);
    TAILQ_REMOVE(&courier->transfers, transfer, link);
    courier->count--;
    curl_multi_remove_handle(courier->multi, transfer->easy);
    transfer_destroy(&transfer);
    if (courier->count == 0) {
        courier->idle_since_ms = clock_boottime_ms();
        malloc_trim(0); /* the anchors of a burst are megabytes */
    }
}

static void end_finished(struct courier *courier)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(courier->multi, &left))) {
        struct transfer *transfer = NULL;
        CURLcode result = message->data.result; /* message is gone later */

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        if (message->msg == CURLMSG_DONE && transfer)
            end_transfer(courier, transfer, result);
    }
}

/* Also shortens the deadline of a transfer whose answer has become known. */
static void end_late(struct courier *courier)
{
    int64_t now = clock_boottime_ms();
    int64_t body_by_ms = now + courier->patience.body_ms;
    struct transfer *transfer, *next;

    for (transfer = TAILQ_FIRST(&courier->transfers); transfer;
         transfer = next) {
        next = TAILQ_NEXT(transfer, link);
        if (!transfer->hurried && transfer_is_answered(transfer)) {
            transfer->hurried = true;
            if (body_by_ms < transfer->deadline_ms)
                transfer->deadline_ms = body_by_ms;
        }
        if (transfer->deadline_ms <= now)
            end_transfer(courier, transfer, CURLE_OPERATION_TIMEDOUT);
    }
}

/* ---- quiet ---- */

static void start_multi(struct courier *courier)
{
    courier->multi = memory_needed(curl_multi_init());
    curl_multi_setopt(courier->multi, CURLMOPT_MAXCONNECTS,
                      (long)COURIER_KEPT_CONNECTIONS);
    courier->connections_kept = false;
}

/* libcurl closes a kept connection only when it looks for one. */
static void drop_connections(struct courier *courier)
{
    curl_multi_cleanup(courier->multi);
    malloc_trim(0);
    start_multi(courier);
}

static int64_t next_moment(const struct courier *courier)
{
    const struct transfer *transfer;
    int64_t at_ms = CLOCK_NEVER;

    if (courier->count == 0)
        return courier->idle_since_ms + (courier->connections_kept
                                             ? courier->patience.kept_ms
                                             : courier->patience.quiet_ms);
    TAILQ_FOREACH(transfer, &courier->transfers, link)
    {
        /* cppcheck-suppress uninitvar ; it does not know this loop */
        if (transfer->deadline_ms < at_ms)
            at_ms = transfer->deadline_ms;
    }
    return at_ms;
}

static bool quiet_enough(struct courier *courier)
{
    int64_t quiet_ms = clock_boottime_ms() - courier->idle_since_ms;

    if (courier->count > 0)
        return false;
    if (courier->connections_kept && quiet_ms >= courier->patience.kept_ms)
        drop_connections(courier);
    return quiet_ms >= courier->patience.quiet_ms;
}

/* ---- */

static int wait_for_more(struct courier *courier)
{
    struct curl_waitfd fds[] = {
        {.fd = courier->timer, .events = CURL_WAIT_POLLIN},
        {.fd = courier->link, .events = CURL_WAIT_POLLIN},
    };
    unsigned count = courier->count < COURIER_TRANSFERS ? 2 : 1;

    clock_timer_set(courier->timer, next_moment(courier));
    return curl_multi_poll(courier->multi, fds, count, INT_MAX, NULL) ==
                   CURLM_OK
               ? 0
               : -1;
}

static int work(struct courier *courier)
{
    int running;

    while (!quiet_enough(courier)) {
        if (wait_for_more(courier) < 0)
            return EX_OSERR;
        if (take_requests(courier) < 0) {
            log_error("the core sent a request that cannot be read");
            return EX_SOFTWARE;
        }
        if (curl_multi_perform(courier->multi, &running) != CURLM_OK)
            return EX_OSERR;
        end_finished(courier);
        end_late(courier);
    }
    return EXIT_SUCCESS;
}

int courier_run(int link, const struct courier_patience *patience)
{
    struct courier courier = {.link = link,
                              .timer = clock_timer(),
                              .patience = *patience,
                              .record = record_create(true),
                              .idle_since_ms = clock_boottime_ms()};
    TAILQ_INIT(&courier.transfers);
    start_multi(&courier);
    int status = courier.timer < 0 ? EX_OSERR : work(&courier);

    if (courier.count > 0) /* something is broken: no time for goodbyes */
        _exit(status);
    curl_multi_cleanup(courier.multi);
    record_destroy(&courier.record);
    close(courier.timer);
    return status;
}
