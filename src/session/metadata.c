#include "session/metadata.h"

#include "base/log.h"
#include "session/link.h"
#include "session/mailbox.h"
#include "session/pairs.h"
#include "session/quote.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VENDOR "/private/vendor/vendor.imappushd"
#define ENDPOINTS VENDOR "/endpoint"

/* ---- what a response says ---- */

/* NAME of ".../endpoint/NAME" in room, and whether "/renewed" follows; false
 * where it is another entry. */
static bool read_name(const struct pair *pair, char *room, bool *renewed)
{
    static const char prefix[] = ENDPOINTS "/", suffix[] = "/renewed";
    size_t begin = sizeof prefix - 1, tail = sizeof suffix - 1;
    size_t length = pair->name_length;

    if (length <= begin || strncasecmp(pair->name, prefix, begin) != 0)
        return false;
    length -= begin;
    *renewed = length > tail && strncasecmp(pair->name + begin + length - tail,
                                            suffix, tail) == 0;
    if (*renewed)
        length -= tail;
    if (length > REGISTRATION_NAME_MAX)
        return false;
    memcpy(room, pair->name + begin, length);
    room[length] = '\0';
    return registration_name(room);
}

/* Without the backslashes of a quoted string; free() it. Null for NIL, and for
 * what is too long or holds a NUL. */
static char *read_value(const struct pair *pair)
{
    bool is_quoted = pair->is_string && pair->value[-1] == '"';
    size_t length = 0;

    if (!pair->is_string || pair->length > REGISTRATION_VALUE_MAX ||
        memchr(pair->value, '\0', pair->length))
        return NULL;
    char *text = strndup(pair->value, pair->length);

    for (size_t i = 0; text && i < pair->length; i++) {
        if (is_quoted && text[i] == '\\' && i + 1 < pair->length)
            i++;
        text[length++] = text[i];
    }
    if (text)
        text[length] = '\0';
    return text;
}

void metadata_take(const char *at, const char *end, struct entries *entries)
{
    char name[REGISTRATION_NAME_MAX + 1];
    struct pair pair;
    bool renewed;

    if (!pairs_enter(&at, end))
        return;
    while (pairs_next(&at, end, &pair)) {
        if (!read_name(&pair, name, &renewed))
            continue;
        char *value = read_value(&pair);
        struct entry *entry = value ? entries_find(entries, name) : NULL;

        if (!entry) {
            free(value);
            continue;
        }
        char **place = renewed ? &entry->renewed : &entry->value;

        free(*place);
        *place = value;
    }
}

bool metadata_tells(const char *at, const char *end)
{
    size_t length = sizeof ENDPOINTS - 1;

    for (; at + length < end; at++) {
        if (strncasecmp(at, ENDPOINTS, length) == 0)
            return true;
    }
    return false;
}

/* ---- the commands ---- */

static void refused(struct session *session, const char *what)
{
    struct error err;

    dialogue_refused(&session->dialogue, what, ERROR_LATER, &err);
    log_debug("%s", err.text);
}

int metadata_read(struct session *session, struct entries *entries,
                  struct error *err)
{
    const struct dialogue *dialogue = &session->dialogue;
    enum dialogue_event event;

    session->registration.metadata = false;
    if (!(session->capabilities & CAPABILITY_METADATA))
        return 0;
    link_stay_alive(session);
    tag_number tag = dialogue_command(
        &session->dialogue, err,
        "GETMETADATA (MAXSIZE %d DEPTH infinity) \"\" (" ENDPOINTS ")",
        REGISTRATION_VALUE_MAX);

    if (!tag)
        return -1;
    while ((event = mailbox_await(session, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (event == DIALOGUE_DATA && dialogue->response.understood &&
            dialogue->response.kind == RESPONSE_METADATA)
            metadata_take(dialogue->response.words,
                          dialogue->reply.raw + dialogue->reply.length,
                          entries);
    }
    session->registration.told = false; /* that was the answer */
    session->registration.metadata = dialogue->reply.condition == CONDITION_OK;
    if (!session->registration.metadata)
        refused(session, "to tell its annotations");
    return 0;
}

int metadata_write(struct session *session, struct error *err)
{
    struct registration *registration = &session->registration;
    struct buffer value;

    if (!registration->relay)
        return 0;
    link_stay_alive(session);
    buffer_init(&value, SIZE_MAX / 2);
    quote_add(&value, registration->relay);
    tag_number tag =
        dialogue_command(&session->dialogue, err,
                         "SETMETADATA \"\" (" VENDOR "/relay %s)", value.data);
    int result = tag ? mailbox_finish(session, tag, err) : -1;

    buffer_finish(&value);
    if (result > 0)
        refused(session, "an annotation of ours");
    free(registration->relay);
    registration->relay = NULL;
    return result < 0 ? -1 : 0;
}
