#include "session/guest.h"

#include "base/alloc.h"
#include "base/invitation.h"
#include "base/log.h"
#include "session/header.h"
#include "session/link.h"
#include "session/mailbox.h"
#include "session/token.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Mail that may have come between an invitation and our first look. */
#define NEWEST 30

/* More mails that name an invitation are somebody's joke; a look reads so many.
 */
#define MAILS_MAX 5

struct mails {
    int64_t uid[MAILS_MAX];
    const char *id[MAILS_MAX]; /* points into guests.ids */
    size_t count;
    bool full; /* there are more, for the next look */
};

void guest_expect(struct guests *guests, const char *ids)
{
    free(guests->ids);
    *guests = (struct guests){.ids = *ids ? xstrdup(ids) : NULL};
}

/* ---- what a FETCH says ---- */

/* Its UID and the string of BODY[...]; false where one is missing. */
static bool read_fetch(const struct reply *reply, int64_t *uid,
                       struct pair *text)
{
    const char *end = reply->raw + reply->length;
    const char *at = memchr(reply->raw, '(', reply->length);
    struct pair pair;

    *uid = 0;
    *text = (struct pair){0};
    if (!reply->whole || !at || !pairs_enter(&at, end))
        return false;
    while (pairs_next(&at, end, &pair)) {
        const char *value = pair.value;

        if (pairs_is(&pair, "UID"))
            *uid = token_number(&value, end);
        else if (pair.is_string && pair.name_length >= 5 &&
                 strncasecmp(pair.name, "BODY[", 5) == 0)
            *text = pair;
    }
    return *uid > 0 && text->value;
}

static const char *find_id(const struct guests *guests, const struct pair *text)
{
    const char *at = text->value, *end = at + text->length;
    const char *name, *body, *id = NULL;
    struct buffer subject;
    size_t length;

    buffer_init(&subject, 1024);
    while (!id && (name = header_next(&at, end, &length, &body)) != NULL) {
        if (length != 7 || strncasecmp(name, "Subject", 7) != 0)
            continue;
        header_text(body, at, &subject);
        id = subject.data ? invitation_find(guests->ids, subject.data) : NULL;
    }
    buffer_finish(&subject);
    return id;
}

/* ---- the mailbox ---- */

/* Selects INBOX: 0; 1 where it is not to be had, or empty; -1. */
static int open_inbox(struct session *session, struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    struct guests *guests = &session->guests;
    int64_t uidvalidity = 0;
    enum dialogue_event event;

    link_stay_alive(session);
    dialogue->view = (struct view){0};
    session->selected = session->count;
    tag_number tag = dialogue_command(dialogue, err, "EXAMINE INBOX");

    if (!tag)
        return -1;
    while ((event = mailbox_await(session, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (event == DIALOGUE_STATUS &&
            strcasecmp(dialogue->reply.code, "UIDVALIDITY") == 0)
            uidvalidity = strtoll(dialogue->reply.argument, NULL, 10);
    }
    if (uidvalidity != guests->uidvalidity)
        guests->seen = 0;
    guests->uidvalidity = uidvalidity;
    return dialogue->reply.condition != CONDITION_OK ||
           dialogue->view.exists == 0;
}

/* The newest messages, and later those beyond what was seen. */
static tag_number ask_subjects(struct session *session, struct error *err)
{
    long long last = session->dialogue.view.exists;
    long long seen = session->guests.seen;
    static const char what[] = "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])";

    link_stay_alive(session);
    if (seen > 0)
        return dialogue_command(&session->dialogue, err, "UID FETCH %lld:* %s",
                                seen + 1, what);
    return dialogue_command(&session->dialogue, err, "FETCH %lld:%lld %s",
                            last > NEWEST ? last - NEWEST + 1 : 1, last, what);
}

static int find_mails(struct session *session, struct mails *mails,
                      struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    struct guests *guests = &session->guests;
    int64_t before = guests->seen, uid;
    tag_number tag = ask_subjects(session, err);
    enum dialogue_event event;
    struct pair text;

    if (!tag)
        return -1;
    while ((event = mailbox_await(session, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (event != DIALOGUE_DATA ||
            dialogue->response.kind != RESPONSE_FETCH ||
            !read_fetch(&dialogue->reply, &uid, &text) || uid <= before)
            continue;
        const char *id = find_id(guests, &text);

        if (id && mails->count == MAILS_MAX)
            mails->full = true;
        if (mails->full)
            continue;
        if (uid > guests->seen)
            guests->seen = uid;
        if (id) {
            mails->uid[mails->count] = uid;
            mails->id[mails->count++] = id;
        }
    }
    guests->told = guests->told || mails->full;
    return 0;
}

static void report(struct session *session, const char *ids,
                   const struct pair *text)
{
    char *id = strndup(ids, INVITATION_ID_LENGTH);
    size_t length =
        text->length < INVITATION_TEXT_MAX ? text->length : INVITATION_TEXT_MAX;
    char *copy = xcalloc(1, length + 1);
    struct report found = {.type = REPORT_GUEST, .name = id, .value = copy};

    memcpy(copy, text->value, length);
    invitation_tidy(copy, length);
    log_info("there is a mail to pair");
    link_report(session, &found, 0);
    free(copy);
    free(id);
}

static int read_mail(struct session *session, int64_t wanted, const char *id,
                     struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    enum dialogue_event event;
    struct pair text;
    bool found = false;
    int64_t uid;

    link_stay_alive(session);
    tag_number tag = dialogue_command(
        dialogue, err, "UID FETCH %lld (UID BODY.PEEK[TEXT]<0.%d>)",
        (long long)wanted, INVITATION_TEXT_MAX);

    if (!tag)
        return -1;
    while ((event = mailbox_await(session, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (found || event != DIALOGUE_DATA ||
            dialogue->response.kind != RESPONSE_FETCH ||
            !read_fetch(&dialogue->reply, &uid, &text) || uid != wanted)
            continue;
        report(session, id, &text);
        found = true;
    }
    return 0;
}

int guest_look(struct session *session, struct error *err)
{
    struct mails mails = {0};

    session->guests.told = false;
    int none = open_inbox(session, err);

    if (none != 0)
        return none < 0 ? -1 : 0;
    if (find_mails(session, &mails, err) < 0)
        return -1;
    for (size_t i = 0; i < mails.count; i++) {
        if (read_mail(session, mails.uid[i], mails.id[i], err) < 0)
            return -1;
    }
    return 0;
}
