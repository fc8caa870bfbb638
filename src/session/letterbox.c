#include "session/letterbox.h"

#include "base/alloc.h"
#include "session/header.h"
#include "session/link.h"
#include "session/mailbox.h"
#include "session/pairs.h"
#include "session/token.h"
#include "session/utf7.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Header and body; more of a message is not asked for. */
#define MESSAGE_MAX 16384

/* ---- a message ---- */

/* Where the header ends: behind the empty line, or null. */
static const char *body_of(const char *message, const char *end)
{
    for (const char *at = message; at < end; at++) {
        if (*at != '\n' || at + 1 >= end)
            continue;
        if (at[1] == '\n')
            return at + 2;
        if (at[1] == '\r' && at + 2 < end && at[2] == '\n')
            return at + 3;
    }
    return NULL;
}

static bool is_field(const char *name, size_t length, const char *wanted)
{
    return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

static bool begins_with(const char *text, const char *wanted)
{
    return strncasecmp(text, wanted, strlen(wanted)) == 0;
}

/* Is it ours, and what is its name? */
static bool read_header(const char *at, const char *end, struct buffer *name)
{
    struct buffer text;
    const char *field, *body;
    size_t length;
    bool is_json = false, is_plain = true;

    buffer_init(&text, 128);
    while ((field = header_next(&at, end, &length, &body)) != NULL) {
        if (is_field(field, length, "Subject"))
            header_text(body, at, name);
        header_text(body, at, &text);
        if (is_field(field, length, "Received"))
            is_plain = false;
        if (is_field(field, length, "Content-Type"))
            is_json = begins_with(text.data, "application/json");
        if (is_field(field, length, "Content-Transfer-Encoding"))
            is_plain = is_plain && (begins_with(text.data, "7bit") ||
                                    begins_with(text.data, "8bit") ||
                                    begins_with(text.data, "binary"));
    }
    buffer_finish(&text);
    return is_json && is_plain && name->data && registration_name(name->data);
}

/* The body without blanks around it; free() it. Null: too long, empty or with a
 * NUL. */
static char *read_body(const char *at, const char *end)
{
    while (at < end && strchr(" \t\r\n", *at))
        at++;
    while (end > at && strchr(" \t\r\n", end[-1]))
        end--;
    size_t length = (size_t)(end - at);

    if (length == 0 || length > REGISTRATION_VALUE_MAX ||
        memchr(at, '\0', length))
        return NULL;
    return strndup(at, length);
}

bool letterbox_take(const char *message, size_t length, int64_t uid,
                    struct entries *letters)
{
    const char *end = message + length, *body = body_of(message, end);
    struct buffer name;

    if (!body)
        return false;
    buffer_init(&name, 4 * REGISTRATION_NAME_MAX);
    char *value =
        read_header(message, body, &name) ? read_body(body, end) : NULL;
    struct entry *entry = value ? entries_find(letters, name.data) : NULL;

    buffer_finish(&name);
    if (!entry) {
        free(value);
        return false;
    }
    free(entry->value);
    free(entry->renewed);
    entry->value = value;
    entry->renewed = xasprintf("%lld", (long long)uid);
    return true;
}

/* ---- a FETCH of it ---- */

static void take_fetch(const struct reply *reply, struct entries *letters)
{
    const char *end = reply->raw + reply->length;
    const char *at = memchr(reply->raw, '(', reply->length);
    struct pair pair, message = {0};
    int64_t uid = 0;
    bool deleted = false;

    if (!reply->whole || !at || !pairs_enter(&at, end))
        return;
    while (pairs_next(&at, end, &pair)) {
        const char *value = pair.value;

        if (pairs_is(&pair, "UID"))
            uid = token_number(&value, end);
        else if (pairs_is(&pair, "FLAGS"))
            deleted = memmem(pair.value, pair.length, "\\Deleted", 8) != NULL;
        else if (pair.name_length >= 5 && begins_with(pair.name, "BODY[") &&
                 pair.is_string)
            message = pair;
    }
    if (uid > 0 && !deleted && message.value)
        letterbox_take(message.value, message.length, uid, letters);
}

/* ---- the mailbox ---- */

/* LIST sets listed, for whoever watches what mailboxes there are: not by us. */
static int find_mailbox(struct session *session, struct error *err)
{
    const struct response *response = &session->dialogue.response;
    bool listed = session->listed;
    enum dialogue_event event;

    link_stay_alive(session);
    tag_number tag = dialogue_command(
        &session->dialogue, err, "LIST \"\" \"*" REGISTRATION_MAILBOX "\"");

    if (!tag)
        return -1;
    while ((event = mailbox_await(session, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (event == DIALOGUE_DATA && response->kind == RESPONSE_LIST &&
            response->understood && response->selectable &&
            !session->registration.mailbox &&
            registration_is_mailbox(response->mailbox))
            session->registration.mailbox = xstrdup(response->mailbox);
    }
    session->listed = listed;
    if (session->registration.mailbox && session->watch == WATCH_NOTIFY)
        session->lost = true; /* NOTIFY is to tell of it from now on */
    return 0;
}

static void forget(struct registration *registration)
{
    entries_finish(&registration->letters);
    free(registration->mailbox);
    registration->mailbox = NULL;
    registration->glimpse = (struct glimpse){0};
}

/* 1: it is what it was. 0: look into it. -1. */
static int ask_status(struct session *session, const char *wire,
                      struct error *err)
{
    struct registration *registration = &session->registration;
    const struct response *response = &session->dialogue.response;
    struct glimpse glimpse = {0};
    int64_t messages = -1;
    enum dialogue_event event;

    link_stay_alive(session);
    tag_number tag =
        dialogue_command(&session->dialogue, err,
                         "STATUS %s (UIDNEXT UIDVALIDITY MESSAGES)", wire);

    if (!tag)
        return -1;
    while ((event = mailbox_await(session, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (event != DIALOGUE_DATA || response->kind != RESPONSE_STATUS ||
            !response->understood ||
            !registration_is_mailbox(response->mailbox))
            continue;
        glimpse = (struct glimpse){.uidvalidity = response->uidvalidity,
                                   .uidnext = response->uidnext};
        messages = response->messages;
    }
    registration->told = false; /* that was the answer */
    if (session->dialogue.reply.condition != CONDITION_OK) {
        forget(registration);
        return 1;
    }
    bool same = messages >= 0 && glimpse.uidnext > 0 &&
                messages == registration->messages &&
                glimpse.uidnext == registration->glimpse.uidnext &&
                glimpse.uidvalidity == registration->glimpse.uidvalidity;

    registration->glimpse = glimpse;
    registration->messages = messages;
    return same;
}

/* The newest REGISTRATIONS_MAX messages, in order, so that a newer one of a
 * name takes an older one's place. */
static int fetch_letters(struct session *session, struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    struct registration *registration = &session->registration;
    long long last = dialogue->view.exists;
    long long first =
        last > REGISTRATIONS_MAX ? last - REGISTRATIONS_MAX + 1 : 1;
    enum dialogue_event event;

    entries_finish(&registration->letters);
    if (last == 0)
        return 0;
    link_stay_alive(session);
    tag_number tag = dialogue_command(
        dialogue, err, "FETCH %lld:%lld (UID FLAGS BODY.PEEK[]<0.%d>)", first,
        last, MESSAGE_MAX);

    if (!tag)
        return -1;
    while ((event = mailbox_await(session, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (event == DIALOGUE_DATA && dialogue->response.kind == RESPONSE_FETCH)
            take_fetch(&dialogue->reply, &registration->letters);
    }
    return 0;
}

static int open_and_fetch(struct session *session, const char *wire,
                          struct error *err)
{
    link_stay_alive(session);
    session->dialogue.view = (struct view){0};
    session->selected = session->count;
    tag_number tag =
        dialogue_command(&session->dialogue, err, "EXAMINE %s", wire);
    int refused = tag ? mailbox_finish(session, tag, err) : -1;

    if (refused > 0)
        forget(&session->registration);
    return refused ? (refused < 0 ? -1 : 0) : fetch_letters(session, err);
}

int letterbox_read(struct session *session, struct error *err)
{
    struct registration *registration = &session->registration;

    if (!registration->mailbox && find_mailbox(session, err) < 0)
        return -1;
    if (!registration->mailbox)
        return 0;
    char *wire = utf7_quoted(registration->mailbox);
    int result = ask_status(session, wire, err);

    if (result == 0)
        result = open_and_fetch(session, wire, err);
    free(wire);
    return result < 0 ? -1 : 0;
}
