#include "session/dialogue.h"

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANSWER_MS 60000

void dialogue_init(struct dialogue *dialogue, struct stream *stream)
{
    *dialogue = (struct dialogue){.stream = stream,
                                  .patience_ms =
                                      clock_patience_ms("ANSWER", ANSWER_MS)};
    reader_init(&dialogue->reader, stream);
    echo_init(&dialogue->echo);
    for (int i = 0; i < 3; i++)
        dialogue->prefix[i] = (char)('a' + backoff_random(26));
}

void dialogue_finish(struct dialogue *dialogue)
{
    reader_finish(&dialogue->reader);
    echo_finish(&dialogue->echo);
}

tag_number dialogue_add(struct dialogue *dialogue, struct buffer *batch,
                        const char *format, ...)
{
    va_list args;
    char *words;

    va_start(args, format);
    if (vasprintf(&words, format, args) < 0)
        abort();
    va_end(args);
    buffer_printf(batch, "%s%u %s\r\n", dialogue->prefix, ++dialogue->sent,
                  words);
    explicit_bzero(words, strlen(words)); /* a login passes here */
    free(words);
    return dialogue->sent;
}

void dialogue_be_patient(struct dialogue *dialogue)
{
    stream_set_patience(dialogue->stream, dialogue->patience_ms);
}

int dialogue_send(struct dialogue *dialogue, struct buffer *batch,
                  struct error *err)
{
    dialogue_be_patient(dialogue);
    reader_refill(&dialogue->reader);
    int result = stream_send(dialogue->stream, batch->data, batch->length, err);

    buffer_finish(batch);
    return result;
}

tag_number dialogue_command(struct dialogue *dialogue, struct error *err,
                            const char *format, ...)
{
    struct buffer batch;
    va_list args;
    char *words;

    va_start(args, format);
    if (vasprintf(&words, format, args) < 0)
        abort();
    va_end(args);
    buffer_init(&batch, SIZE_MAX / 2);
    tag_number tag = dialogue_add(dialogue, &batch, "%s", words);

    explicit_bzero(words, strlen(words));
    free(words);
    return dialogue_send(dialogue, &batch, err) < 0 ? 0 : tag;
}

/* What may be said at any time about the selected mailbox. */
static void note(struct dialogue *dialogue)
{
    const struct response *response = &dialogue->response;
    struct view *view = &dialogue->view;

    switch (response->kind) {
    case RESPONSE_EXISTS:
        if (!response->understood || response->number > view->exists)
            view->risen = true;
        view->exists = response->understood ? response->number : 0;
        view->hint = true;
        break;
    case RESPONSE_RECENT:
        if (response->number != 0)
            view->hint = true;
        break;
    case RESPONSE_EXPUNGE:
        if (view->exists > 0)
            view->exists--;
        view->expunged = true;
        break;
    default:
        break;
    }
}

/* The number behind our prefix, 0 where it is not our tag. */
static unsigned tag_of(const struct dialogue *dialogue, const char *tag)
{
    size_t length = strlen(dialogue->prefix);
    char *end;

    if (strncmp(tag, dialogue->prefix, length) != 0)
        return 0;
    unsigned long number = strtoul(tag + length, &end, 10);

    return *end || number > dialogue->sent ? 0 : (unsigned)number;
}

static enum dialogue_event judge_status(struct dialogue *dialogue,
                                        struct error *err)
{
    const struct reply *reply = &dialogue->reply;

    if (reply->condition == CONDITION_BYE)
        return error_set(err, ERROR_LATER, "bye", "the server said goodbye: %s",
                         reply->text);
    if (strcasecmp(reply->code, "ALERT") == 0)
        log_warning("the server wants you to know: %s", reply->text);
    return DIALOGUE_STATUS;
}

/* Keeps the end of a command that is not awaited yet; false if too many come.
 */
static bool keep_early(struct dialogue *dialogue, unsigned tag)
{
    for (int i = 0; i < DIALOGUE_EARLY; i++) {
        struct early *early = &dialogue->early[i];

        if (early->tag == 0) {
            *early = (struct early){tag, dialogue->reply.condition};
            return true;
        }
    }
    return false;
}

/* Was the end of this command kept? The reply then has its condition only. */
static bool take_early(struct dialogue *dialogue, unsigned tag)
{
    for (int i = 0; i < DIALOGUE_EARLY; i++) {
        struct early *early = &dialogue->early[i];

        if (early->tag == 0 || early->tag != tag)
            continue;
        dialogue->reply = (struct reply){.kind = REPLY_TAGGED,
                                         .condition = early->condition,
                                         .tag = "",
                                         .code = "",
                                         .argument = "",
                                         .text = ""};
        early->tag = 0;
        return true;
    }
    return false;
}

enum dialogue_event dialogue_await(struct dialogue *dialogue, tag_number tag,
                                   struct error *err)
{
    struct reply *reply = &dialogue->reply;

    if (take_early(dialogue, tag))
        return DIALOGUE_DONE;
    for (;;) {
        if (reader_next(&dialogue->reader, reply, err) < 0)
            return DIALOGUE_ERROR;
        echo_hide(&dialogue->echo, reply);
        switch (reply->kind) {
        case REPLY_CONTINUE:
            dialogue->continued = true;
            return DIALOGUE_CONTINUE;
        case REPLY_STATUS:
            return judge_status(dialogue, err);
        case REPLY_DATA:
            response_parse(reply, &dialogue->response);
            note(dialogue);
            return DIALOGUE_DATA;
        case REPLY_TAGGED:
            break;
        }
        unsigned number = tag_of(dialogue, reply->tag);

        if (number == tag && number != 0)
            return DIALOGUE_DONE;
        if (number == 0 || (number > tag && !keep_early(dialogue, number)))
            return error_set(err, ERROR_LATER, "protocol",
                             "the server answered what was not asked");
    }
}

int dialogue_finish_command(struct dialogue *dialogue, tag_number tag,
                            struct error *err)
{
    enum dialogue_event event;

    do {
        event = dialogue_await(dialogue, tag, err);
        if (event == DIALOGUE_ERROR)
            return -1;
    } while (event != DIALOGUE_DONE);
    return dialogue->reply.condition == CONDITION_OK ? 0 : 1;
}

static bool is_one_of(const char *code, const char *const *codes)
{
    while (*codes && strcasecmp(code, *codes) != 0)
        codes++;
    return *codes != NULL;
}

/* RFC 5530 §3 says which refusals pass by themselves and which do not; where
 * a server sends no code, its words have to do. */
static enum error_class class_of(const struct reply *reply,
                                 enum error_class otherwise)
{
    static const char *const passing[] = {
        "UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "EXPUNGEISSUED", NULL};
    static const char *const lasting[] = {"AUTHENTICATIONFAILED",
                                          "AUTHORIZATIONFAILED",
                                          "EXPIRED",
                                          "PRIVACYREQUIRED",
                                          "CONTACTADMIN",
                                          "NONEXISTENT",
                                          "NOPERM",
                                          NULL};
    static const char *const words[] = {
        "too many",   "simultaneous", "temporar",
        "try again",  "unavailable",  "busy",
        "rate limit", "overloaded",   "internal error"};

    if (is_one_of(reply->code, passing))
        return ERROR_LATER;
    if (is_one_of(reply->code, lasting))
        return ERROR_PERSON;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasestr(reply->text, words[i]))
            return ERROR_LATER;
    }
    return otherwise;
}

int dialogue_refused(const struct dialogue *dialogue, const char *what,
                     enum error_class otherwise, struct error *err)
{
    const struct reply *reply = &dialogue->reply;
    bool code = reply->code[0] != '\0';

    return error_set(err, class_of(reply, otherwise), "refused",
                     "the server refused %s: %s%s%s%s", what, code ? "[" : "",
                     reply->code, code ? "] " : "",
                     reply->text[0] ? reply->text : "it did not say why");
}
