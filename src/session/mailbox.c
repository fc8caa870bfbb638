#include "session/mailbox.h"

#include "base/log.h"
#include "session/link.h"
#include "session/listing.h"
#include "session/metadata.h"
#include "session/news.h"
#include "session/rules.h"
#include "session/search.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Catching up on more than this is not worth the bytes: it is news. */
#define CATCH_UP_MAX 5000

/* ---- what is said in passing ---- */

/* One that is not understood may be about any of them. */
static void note_status(struct session *session, const struct response *status)
{
    if (status->understood && registration_is_mailbox(status->mailbox))
        session->registration.told = true;
    for (size_t i = 0; i < session->count; i++) {
        struct watched *watched = &session->watched[i];

        if (i == session->selected ||
            (status->understood &&
             strcmp(watched->mailbox.name, status->mailbox) != 0))
            continue;
        watched->told = true;
        watched->glimpse = (struct glimpse){.uidvalidity = status->uidvalidity,
                                            .uidnext = status->uidnext};
    }
}

/* The next list is for another session; the cursor is to be there before. */
static void note_list(struct session *session, const struct response *list)
{
    struct report report = {.type = REPORT_RENAMED,
                            .mailbox = list->mailbox,
                            .oldname = list->oldname};

    session->listed = true;
    listing_note(session, list);
    if (session->plan->lead && *list->oldname)
        link_report(session, &report, 0);
}

/* RFC 5465 section 5.8: NOTIFY is off from then on. Dovecot says NO where it
 * only missed something. */
static bool says_lost(const struct reply *reply)
{
    return strcasecmp(reply->code, "NOTIFICATIONOVERFLOW") == 0 ||
           (reply->condition == CONDITION_NO &&
            strcasestr(reply->text, "NOTIFY"));
}

enum dialogue_event mailbox_await(struct session *session, tag_number tag,
                                  struct error *err)
{
    const struct response *response = &session->dialogue.response;
    enum dialogue_event event = dialogue_await(&session->dialogue, tag, err);

    if (event == DIALOGUE_STATUS && says_lost(&session->dialogue.reply))
        session->lost = true;
    if (event != DIALOGUE_DATA)
        return event;
    if (response->kind == RESPONSE_STATUS &&
        (response->understood || session->watch == WATCH_NOTIFY))
        note_status(session, response);
    if (response->kind == RESPONSE_LIST)
        note_list(session, response);
    if (response->kind == RESPONSE_METADATA &&
        metadata_tells(response->words, session->dialogue.reply.raw +
                                            session->dialogue.reply.length))
        session->registration.told = true;
    /* unasked, only NOTIFY tells enough of a message to judge it, and nothing
     * where the server has to be asked more */
    if (response->kind == RESPONSE_FETCH &&
        session->selected < session->count &&
        (session->asked ||
         (session->watch == WATCH_NOTIFY && !session->waiting))) {
        session_selected(session)->rules.live = session->live;
        look_at(&session->look, response);
    }
    return event;
}

int mailbox_finish(struct session *session, tag_number tag, struct error *err)
{
    enum dialogue_event event;

    do {
        event = mailbox_await(session, tag, err);
        if (event == DIALOGUE_ERROR)
            return -1;
    } while (event != DIALOGUE_DONE);
    return session->dialogue.reply.condition == CONDITION_OK ? 0 : 1;
}

int mailbox_listen(struct session *session, tag_number tag, struct error *err)
{
    struct reader *reader = &session->dialogue.reader;
    int more = 0;

    reader_refill(reader);
    while (!reader_over_budget(reader) &&
           (more = stream_peek(&session->stream, err)) > 0) {
        dialogue_be_patient(&session->dialogue);
        switch (mailbox_await(session, tag, err)) {
        case DIALOGUE_ERROR:
            return -1;
        case DIALOGUE_DONE:
            return 1;
        default:
            break;
        }
    }
    return more < 0 ? -1 : 0;
}

/* ---- looking ---- */

tag_number mailbox_add_fetch(struct session *session, struct buffer *batch)
{
    session->dialogue.view.expunged = false;
    session->look.answered = false;
    session->asked = true; /* answers may come before those to what was sent
                              first */
    return dialogue_add(
        &session->dialogue, batch, "UID FETCH %lld:* (%s)",
        (long long)session_selected(session)->mailbox.cursor.uidnext,
        session->attributes);
}

/* Takes the answers to a look; false if they break off. prompted: something
 * says that there is something beyond the cursor. */
static bool take_answers(struct session *session, tag_number tag, bool prompted,
                         struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    struct look *look = &session->look;

    look->prompted = prompted || dialogue->view.risen;
    dialogue->view.risen = false;
    dialogue->view.hint = false; /* what comes from now on hints anew */
    int finished = mailbox_finish(session, tag, err);

    session->asked = false;
    if (finished < 0)
        return false;
    if (dialogue->reply.condition != CONDITION_OK ||
        reader_over_budget(&dialogue->reader))
        look->doubt = true;
    if (look->prompted && !look->answered && dialogue->view.exists > 0 &&
        !dialogue->view.expunged)
        look->doubt = true;
    return true;
}

int mailbox_take_fetch(struct session *session, tag_number tag,
                       struct error *err)
{
    if (!take_answers(session, tag, false, err) || search_run(session, err) < 0)
        return -1; /* found again after the next login, if it was something */
    news_settle(session, 0);
    return 0;
}

void mailbox_take_events(struct session *session)
{
    const struct look *look = &session->look;

    if (!look->wanted && !look->doubt && look->next == look->from)
        return;
    session->dialogue.view.hint = false;
    session->dialogue.view.risen = false;
    news_settle(session, 0);
}

/* After a gap: what the server says is there is announced even if the look
 * does not come to its end, or there would be no end to trying. */
static int catch_up(struct session *session, int64_t uidnext, struct error *err)
{
    struct buffer batch;
    int64_t gap = uidnext - session_selected(session)->mailbox.cursor.uidnext;

    if (gap > CATCH_UP_MAX && session->dialogue.view.exists > CATCH_UP_MAX) {
        session->look.doubt = true;
        news_settle(session, uidnext);
        return 0;
    }
    link_stay_alive(session);
    buffer_init(&batch, SIZE_MAX / 2);
    tag_number tag = mailbox_add_fetch(session, &batch);

    if (dialogue_send(&session->dialogue, &batch, err) < 0)
        return -1;
    bool finished = take_answers(session, tag, gap > 0, err) &&
                    search_run(session, err) == 0;

    if (!finished)
        session->look.doubt = true;
    if (finished || uidnext)
        news_settle(session, uidnext);
    return finished ? 0 : -1;
}

/* The highest UID there is: what UIDNEXT would have told. */
static int learn_uidnext(struct session *session, int64_t *uidnext,
                         struct error *err)
{
    const struct cursor start = {.uidnext = 1};

    *uidnext = 1;
    if (session->dialogue.view.exists == 0)
        return 0;
    link_stay_alive(session);
    tag_number tag =
        dialogue_command(&session->dialogue, err, "UID FETCH * (UID)");

    look_begin(&session->look, &start, &session_selected(session)->rules);
    session->asked = true;
    if (!tag || !take_answers(session, tag, false, err))
        return -1;
    if (session->look.next == 1)
        return error_set(err, ERROR_LATER, "uidnext",
                         "the server does not tell the UID of its last "
                         "message");
    *uidnext = session->look.next;
    return 0;
}

/* The selected mailbox in the light of what EXAMINE said. */
static int compare(struct session *session, const struct glimpse *glimpse,
                   struct error *err)
{
    struct watched *watched = session_selected(session);
    enum glimpse_meaning meaning =
        glimpse_judge(glimpse, &watched->mailbox.cursor);
    struct cursor fresh = {.uidvalidity = glimpse->uidvalidity,
                           .uidnext = glimpse->uidnext};

    if (glimpse->uidvalidity && !watched->mailbox.cursor.uidvalidity)
        watched->mailbox.cursor.uidvalidity = glimpse->uidvalidity;
    if (meaning == GLIMPSE_LOOK)
        return catch_up(session, glimpse->uidnext, err);
    if (meaning == GLIMPSE_NOTHING)
        return 0;
    if (fresh.uidnext == 0 && learn_uidnext(session, &fresh.uidnext, err) < 0)
        return -1;
    if (meaning == GLIMPSE_FIRST)
        news_report_cursor(session, session->selected, &fresh);
    else
        news_report(session, session->selected, &fresh,
                    meaning == GLIMPSE_REBUILT ? NEWS_REBUILT : NEWS_LOWERED);
    return 0;
}

/* ---- EXAMINE and STATUS ---- */

/* A number of a response code: 0 for none, nonsense or more than max. */
static int64_t code_number(const char *argument, int64_t max)
{
    char *end;
    long long number = strtoll(argument, &end, 10);

    return end == argument || number < 0 || number > max ? 0 : number;
}

static void take_code(const struct reply *reply, struct glimpse *glimpse)
{
    if (strcasecmp(reply->code, "UIDVALIDITY") == 0)
        glimpse->uidvalidity = code_number(reply->argument, INT64_MAX - 1);
    if (strcasecmp(reply->code, "UIDNEXT") == 0)
        glimpse->uidnext = code_number(reply->argument, UID_MAX);
}

/* The core shows it, and tells nobody that it was looked at. */
static void note_missing(struct session *session, size_t index, bool missing)
{
    struct watched *watched = &session->watched[index];
    struct report report = {.type = REPORT_MISSING,
                            .mailbox = watched->mailbox.name,
                            .missing = missing};

    if (watched->missing == missing)
        return;
    watched->missing = missing;
    link_report(session, &report, 0);
}

/* The mailbox is not to be had: said once, and tried again at refreshes. */
static int missing(struct session *session, size_t index)
{
    struct watched *watched = &session->watched[index];
    struct error err;

    dialogue_refused(&session->dialogue, watched->mailbox.name, ERROR_PERSON,
                     &err);
    if (!watched->missing && session->plan->lead &&
        session->plan->purpose == PURPOSE_WATCH) /* said once, by one */
        log_warning("%s; looking again at every refresh", err.text);
    note_missing(session, index, true);
    return 1;
}

/* uidnext: what STATUS has just said, or 0 */
static int open_knowing(struct session *session, size_t index, int64_t uidnext,
                        struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    struct glimpse glimpse = {0};
    enum dialogue_event event;

    link_stay_alive(session);
    dialogue->view = (struct view){0};
    session->selected = session->count; /* a refused EXAMINE deselects */
    tag_number tag = dialogue_command(dialogue, err, "EXAMINE %s",
                                      session->watched[index].wire);

    if (!tag)
        return -1;
    while ((event = mailbox_await(session, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (event == DIALOGUE_STATUS)
            take_code(&dialogue->reply, &glimpse);
    }
    if (dialogue->reply.condition != CONDITION_OK)
        return missing(session, index);
    dialogue->view.hint = false;
    dialogue->view.risen = false;
    if (glimpse.uidnext == 0) /* Courier tells it only in STATUS */
        glimpse.uidnext = uidnext;
    session->selected = index;
    note_missing(session, index, false);
    session->watched[index].told = false;
    news_begin_look(session);
    return compare(session, &glimpse, err);
}

int mailbox_open(struct session *session, size_t index, struct error *err)
{
    return open_knowing(session, index, 0, err);
}

bool mailbox_judge_told(struct session *session, size_t index)
{
    struct watched *watched = &session->watched[index];
    const struct glimpse *glimpse = &watched->glimpse;
    struct cursor fresh = {.uidvalidity = glimpse->uidvalidity,
                           .uidnext = glimpse->uidnext};

    watched->told = false;
    if (glimpse->uidnext == 0)
        return true;
    switch (glimpse_judge(glimpse, &watched->mailbox.cursor)) {
    case GLIMPSE_NOTHING:
        return false;
    case GLIMPSE_FIRST:
        news_report_cursor(session, index, &fresh);
        return false;
    default:
        return true;
    }
}

int mailbox_survey(struct session *session, size_t index, struct error *err)
{
    struct watched *watched = &session->watched[index];

    link_stay_alive(session);
    watched->told = false;
    tag_number tag =
        dialogue_command(&session->dialogue, err,
                         "STATUS %s (UIDNEXT UIDVALIDITY)", watched->wire);
    int refused = tag ? mailbox_finish(session, tag, err) : -1;

    if (refused < 0)
        return -1;
    if (refused)
        return missing(session, index);
    note_missing(session, index, false);
    if (!watched->told) /* no STATUS, or one that was not understood */
        return mailbox_open(session, index, err);
    return mailbox_judge_told(session, index)
               ? open_knowing(session, index, watched->glimpse.uidnext, err)
               : 0;
}
