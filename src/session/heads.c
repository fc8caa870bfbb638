#include "session/heads.h"

#include "base/text.h"
#include "session/header.h"

#include <string.h>
#include <strings.h>

/* A byte of a character set is at most three of UTF-8. */
#define TEXT_MAX (3 * RESPONSE_HEADER_SIZE)

static bool is(const char *known, const char *name, size_t length)
{
    return strlen(known) == length && strncasecmp(known, name, length) == 0;
}

/* Of several fields of a name, which there should not be, the first counts. */
static void take(struct buffer *text, char *into, size_t max)
{
    char *words = text->data;

    if (into[0])
        return;
    text_make_showable(words);
    words += strspn(words, " ");
    for (size_t i = strlen(words); i > 0 && words[i - 1] == ' '; i--)
        words[i - 1] = '\0';
    text_shorten(words, max);
    memcpy(into, words, strlen(words) + 1);
}

void heads_read(const struct response *fetch, struct letterhead *letterhead)
{
    const char *at = fetch->origin, *end = at + fetch->origin_length;
    const char *name, *body;
    struct buffer text;
    size_t length;

    *letterhead = (struct letterhead){0};
    if (!fetch->header_read || fetch->header_cut || fetch->origin_cut)
        return;
    buffer_init(&text, TEXT_MAX);
    while ((name = header_next(&at, end, &length, &body)) != NULL) {
        if (is("From", name, length)) {
            header_sender(body, at, &text);
            take(&text, letterhead->from, LETTERHEAD_FROM_MAX);
        } else if (is("Subject", name, length)) {
            header_text(body, at, &text);
            take(&text, letterhead->subject, LETTERHEAD_SUBJECT_MAX);
        }
    }
    buffer_finish(&text);
}

static bool is_known(const struct letterhead *letterhead)
{
    return letterhead->from[0] || letterhead->subject[0];
}

void heads_note(struct heads *heads, size_t rule, int64_t uid,
                const struct letterhead *letterhead)
{
    struct head *head = heads->list;

    while (head < heads->list + heads->count && head->rule != rule)
        head++;
    if (head == heads->list + heads->count) {
        if (heads->count > RULES_MAX)
            return;
        heads->count++;
    } else if (head->uid > uid ||
               (head->uid == uid && is_known(&head->letterhead))) {
        return;
    }
    *head = (struct head){.rule = rule, .uid = uid, .letterhead = *letterhead};
}

void heads_report(const struct heads *heads, struct report *report)
{
    report->head_count = heads->count;
    for (size_t i = 0; i < heads->count; i++) {
        const struct head *head = &heads->list[i];

        report->heads[i] =
            (struct report_head){.rule = head->rule,
                                 .uid = head->uid,
                                 .from = head->letterhead.from,
                                 .subject = head->letterhead.subject};
    }
}
