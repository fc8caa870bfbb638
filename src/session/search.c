/*
 * One command for each rule over all messages that ask about it, in the order
 * of the rules: who was found needs no further one. A search that the server
 * refuses, or whose answer is not understood, has no result, and the messages
 * that wait for it are told (invariant 2).
 */
#include "session/search.h"

#include "base/alloc.h"
#include "base/log.h"
#include "session/link.h"
#include "session/mailbox.h"
#include "session/quote.h"
#include "session/token.h"

#include <stdio.h>
#include <string.h>

void search_begin(struct session *session)
{
    const struct account *account = session->account;
    size_t wanted = 0;

    for (size_t i = 0; i < account->rule_count; i++)
        wanted += account->rules[i].gmail_search != NULL;
    if (wanted == 0)
        return;
    if (session->capabilities & CAPABILITY_X_GM_EXT_1)
        session->waiting = xcalloc(1, sizeof *session->waiting);
    else if (session->plan->lead)
        log_warning("the server is not Gmail (X-GM-EXT-1): rules with "
                    "gmail_search never match");
}

/* ---- the command ---- */

/* Sends the line, and then what the server asks for: the tag, or 0 with err;
 * ended where it did not ask. */
static tag_number send_literal(struct session *session, const char *range,
                               const char *text, bool *ended, struct error *err)
{
    tag_number tag = dialogue_command(
        &session->dialogue, err,
        "UID SEARCH CHARSET UTF-8 UID %s X-GM-RAW {%zu}", range, strlen(text));
    enum dialogue_event event = DIALOGUE_DATA;
    struct buffer line;

    while (tag && event != DIALOGUE_CONTINUE) {
        event = mailbox_await(session, tag, err);
        if (event == DIALOGUE_ERROR)
            return 0;
        *ended = event == DIALOGUE_DONE;
        if (*ended)
            return tag;
    }
    link_stay_alive(session);
    buffer_init(&line, SIZE_MAX / 2);
    buffer_printf(&line, "%s\r\n", text);
    return tag && dialogue_send(&session->dialogue, &line, err) == 0 ? tag : 0;
}

static tag_number send_quoted(struct session *session, const char *range,
                              const char *text, struct error *err)
{
    struct buffer quoted;

    buffer_init(&quoted, SIZE_MAX / 2);
    quote_add(&quoted, text);
    tag_number tag =
        dialogue_command(&session->dialogue, err,
                         "UID SEARCH UID %s X-GM-RAW %s", range, quoted.data);

    buffer_finish(&quoted);
    return tag;
}

/* ---- the answer ---- */

static void take_numbers(struct session *session, size_t rule)
{
    const struct reply *reply = &session->dialogue.reply;
    const char *at = session->dialogue.response.words;
    const char *end = reply->raw + reply->length;
    int64_t uid;

    do {
        at = token_skip_spaces(at, end);
        uid = token_number(&at, end);
        if (uid > 0)
            waiting_found(session->waiting, rule, uid);
    } while (uid >= 0);
}

/* Reads to the command's end: 1 where there was an answer, 0 where there was
 * none to go by, or -1. */
static int take_answer(struct session *session, size_t rule, tag_number tag,
                       struct error *err)
{
    const struct response *response = &session->dialogue.response;
    bool answered = false, understood = true;
    enum dialogue_event event;

    while ((event = mailbox_await(session, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (event != DIALOGUE_DATA || response->kind != RESPONSE_SEARCH)
            continue;
        answered = true;
        understood = understood && response->understood;
        if (response->understood)
            take_numbers(session, rule);
    }
    return answered && understood &&
           session->dialogue.reply.condition == CONDITION_OK &&
           !reader_over_budget(&session->dialogue.reader);
}

static void say_refused(struct session *session, size_t rule)
{
    const struct reply *reply = &session->dialogue.reply;

    log_write(session->waiting->refused ? LOG_DEBUG : LOG_WARNING,
              "the server did not search for rule %zu (%s); new mail is told "
              "as if no rule matched",
              rule + 1, reply->text[0] ? reply->text : "it did not say why");
    session->waiting->refused = true;
}

static int ask(struct session *session, size_t rule, int64_t first,
               int64_t last, struct error *err)
{
    const char *text = session->account->rules[rule].gmail_search;
    bool ended = false;
    char range[48];
    int answered = 0;

    link_stay_alive(session);
    snprintf(range, sizeof range, "%lld:%lld", (long long)first,
             (long long)last);
    tag_number tag = quote_is_ascii(text)
                         ? send_quoted(session, range, text, err)
                         : send_literal(session, range, text, &ended, err);

    if (!tag)
        return -1;
    if (!ended)
        answered = take_answer(session, rule, tag, err);
    if (answered < 0)
        return -1;
    if (answered == 0)
        say_refused(session, rule);
    waiting_settle(session->waiting, rule, answered > 0);
    return 0;
}

int search_run(struct session *session, struct error *err)
{
    struct waiting *waiting = session->waiting;
    size_t count = waiting ? waiting->count : 0;
    int64_t first, last;

    for (size_t i = 0; i < session->account->rule_count && count > 0; i++) {
        if (waiting_range(waiting, i, &first, &last) &&
            ask(session, i, first, last, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const struct waiter *waiter = &waiting->list[i];

        look_count(&session->look, waiter->verdict.rule, waiter->uid,
                   waiter->internaldate, &waiter->letterhead);
    }
    if (waiting)
        waiting->count = 0;
    return 0;
}
