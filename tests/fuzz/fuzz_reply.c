/*
 * Whatever bytes a server sends, from the socket to what a session takes out
 * of a reply.
 *
 * Each input is read twice, as it comes and in small pieces, and has to say
 * the same: how the network cuts it must not matter. And nothing that is out
 * of its range, or unfit for a log, comes out at the other end.
 */
#include "wire.h"

#include "base/log.h"
#include "base/mailbox.h"
#include "session/capability.h"
#include "session/dialogue.h"

/* The last second of the year 9999, in the westernmost zone. */
#define LAST_SECOND INT64_C(253402387199)

/* Commands that wait for their ends, "abc1" to "abc9". */
#define COMMANDS 9

/* A sum of all that was said (FNV-1a). */
struct sum {
    uint64_t bits;
};

static void sum_add(struct sum *sum, const void *data, size_t length)
{
    const unsigned char *at = data;

    for (; length > 0; at++, length--)
        sum->bits = (sum->bits ^ *at) * UINT64_C(0x100000001b3);
}

static void sum_add_number(struct sum *sum, int64_t number)
{
    sum_add(sum, &number, sizeof number);
}

static void sum_add_text(struct sum *sum, const char *text)
{
    sum_add(sum, text, strlen(text) + 1);
}

/* ---- what must hold of it ---- */

static void check_fetch(const struct response *response)
{
    must(response->uid >= 0 && response->uid <= UID_MAX);
    must(response->internaldate >= 0 && response->internaldate <= LAST_SECOND);
    must(response->savedate >= 0 && response->savedate <= LAST_SECOND);
    must(!(response->flags &
           ~(unsigned)(FLAG_SEEN | FLAG_DELETED | FLAG_DRAFT)));
    must(response->has_flags || !response->flags);
    must(memchr(response->emailid, 0, sizeof response->emailid));
}

static void check_mailbox(const struct response *response)
{
    const char *mailbox = response->mailbox;

    must(memchr(mailbox, 0, sizeof response->mailbox));
    must(fuzz_is_clean(mailbox));
    must(strlen(mailbox) <= MAILBOX_NAME_MAX);
    if (response->kind == RESPONSE_STATUS || response->kind == RESPONSE_LIST)
        must(mailbox[0] || !response->understood);
    must(response->uidnext >= 0 && response->uidnext <= UID_MAX);
    must(response->uidvalidity >= 0 && response->uidvalidity <= UID_MAX);
}

static void check_data(const struct reply *reply,
                       const struct response *response, struct sum *sum)
{
    must(reply->length <= READER_REPLY_MAX);
    must(response->number >= -1 && response->number <= UID_MAX);
    must(reply->whole || !response->understood);
    check_fetch(response);
    check_mailbox(response);
    if (response->kind == RESPONSE_CAPABILITY) {
        must(response->words >= reply->raw);
        must(response->words <= reply->raw + reply->length);
        sum_add_number(sum, capability_parse(response->words));
    }
}

static void check_view(const struct view *view)
{
    must(view->exists >= 0 && view->exists <= UID_MAX);
}

static void check_error(const struct error *err)
{
    must(err->class >= 0 && err->class < ERROR_CLASSES);
    must(fuzz_is_clean(err->text));
}

/* A command's end: why it was refused. */
static void check_end(const struct dialogue *dialogue, struct sum *sum)
{
    struct error err;

    must(dialogue->reply.condition != CONDITION_NONE);
    dialogue_refused(dialogue, "INBOX", ERROR_LATER, &err);
    check_error(&err);
    sum_add_number(sum, err.class);
    sum_add_text(sum, err.text);
}

/* ---- reading it ---- */

static void add_response(struct sum *sum, const struct response *response)
{
    sum_add_number(sum, response->kind);
    sum_add_number(sum, response->understood);
    sum_add_number(sum, response->number);
    sum_add_number(sum, response->uid);
    sum_add_number(sum, response->flags);
    sum_add_number(sum, response->internaldate);
    sum_add_number(sum, response->savedate);
    sum_add_number(sum, response->has_received);
    sum_add_number(sum, response->uidnext);
    sum_add_number(sum, response->uidvalidity);
    sum_add_text(sum, response->emailid);
    sum_add_text(sum, response->mailbox);
    sum_add_number(sum, response->separator);
    sum_add_number(sum, response->selectable);
    sum_add_number(sum, response->uses);
}

static void take(const struct dialogue *dialogue, enum dialogue_event event,
                 struct sum *sum)
{
    const struct reply *reply = &dialogue->reply;

    sum_add_number(sum, event);
    sum_add_number(sum, reply->condition);
    check_view(&dialogue->view);
    sum_add_number(sum, dialogue->view.exists);
    if (event == DIALOGUE_DATA) {
        check_data(reply, &dialogue->response, sum);
        add_response(sum, &dialogue->response);
        return;
    }
    must(fuzz_is_clean(reply->text));
    sum_add_text(sum, reply->text);
    sum_add_text(sum, reply->code);
    sum_add_text(sum, reply->argument);
    if (event == DIALOGUE_DONE)
        check_end(dialogue, sum);
    else
        sum_add_number(sum, capability_parse(reply->argument));
}

static uint64_t read_all(const uint8_t *data, size_t size, size_t piece)
{
    struct sum sum = {UINT64_C(0xcbf29ce484222325)};
    struct dialogue dialogue;
    struct stream stream;
    struct error err = {0};
    enum dialogue_event event;
    tag_number tag = 1;

    wire_begin(data, size, piece);
    stream_init(&stream, WIRE_SERVER, WIRE_LINK);
    dialogue_init(&dialogue, &stream);
    memcpy(dialogue.prefix, "abc", sizeof "abc");
    dialogue.sent = COMMANDS;
    while ((event = dialogue_await(&dialogue, tag, &err)) != DIALOGUE_ERROR) {
        take(&dialogue, event, &sum);
        if (event == DIALOGUE_DONE)
            tag++;
    }
    check_error(&err);
    sum_add_text(&sum, err.code);
    sum_add_text(&sum, err.text);
    dialogue_finish(&dialogue);
    stream_finish(&stream);
    return sum.bits;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    log_set_level(LOG_ERROR); /* a hostile server has much to be logged */

    uint64_t at_once = read_all(data, size, 0);
    uint64_t in_pieces = read_all(data, size, 1 + size % 23);

    must(at_once == in_pieces);
    return 0;
}
