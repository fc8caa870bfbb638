/*
 * What a field says is put down once for each message, as a few texts of which
 * one has to match: the field as a whole and each address in it. Rules then go
 * over the texts.
 */
#include "session/match.h"

#include "session/glob.h"
#include "session/header.h"
#include "session/response.h"
#include "session/selection.h"

#include <string.h>
#include <strings.h>

/* A byte of a character set is at most three of UTF-8. */
#define TEXT_MAX (3 * RESPONSE_HEADER_SIZE)

/* What a rule may ask of a header, and the fields that answer. */
enum criterion { LIST_ID, FROM, TO, SUBJECT, AUTO_SUBMITTED, CRITERIA };

static const struct field {
    const char *name;
    enum criterion criterion;
} fields[] = {{"LIST-ID", LIST_ID}, {"FROM", FROM},
              {"TO", TO},           {"CC", TO},
              {"SUBJECT", SUBJECT}, {"AUTO-SUBMITTED", AUTO_SUBMITTED}};

/* A criterion's glob; null where the rule has none. */
static const char *glob_of(const struct rule *rule, enum criterion criterion)
{
    switch (criterion) {
    case LIST_ID:
        return rule->list_id;
    case FROM:
        return rule->from;
    case TO:
        return rule->to;
    case SUBJECT:
        return rule->subject;
    case AUTO_SUBMITTED:
        return rule->auto_submitted == RULE_ANY ? NULL : "*";
    case CRITERIA:
        break;
    }
    return NULL;
}

static bool is_needed(const struct account *account, enum criterion criterion)
{
    for (size_t i = 0; i < account->rule_count; i++) {
        if (glob_of(&account->rules[i], criterion))
            return true;
    }
    return false;
}

static bool is_origin(enum criterion criterion)
{
    return criterion == FROM || criterion == SUBJECT;
}

void match_fields(const struct account *account, char *list)
{
    *list = '\0';
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        enum criterion criterion = fields[i].criterion;

        if (is_needed(account, criterion) ||
            (account->show_headers && is_origin(criterion)))
            strcat(strcat(list, " "), fields[i].name);
    }
}

/* ---- what the header says ---- */

/* Texts, each with a NUL behind it. */
struct texts {
    struct buffer criteria[CRITERIA];
};

static void add(struct buffer *texts, const struct buffer *text)
{
    buffer_add(texts, text->data, strlen(text->data) + 1);
}

/* Says that a program sent it (RFC 3834 section 5)? "no" may have parameters
 * and comments. */
static bool is_automatic(const char *body, const char *end,
                         struct buffer *scratch)
{
    return header_address(&body, end, scratch) && scratch->data[0] &&
           strcasecmp(scratch->data, "no") != 0;
}

static void add_field(struct buffer *texts, enum criterion criterion,
                      const char *body, const char *end)
{
    struct buffer scratch;

    buffer_init(&scratch, TEXT_MAX);
    if (criterion != AUTO_SUBMITTED) {
        header_text(body, end, &scratch);
        add(texts, &scratch);
    } else if (is_automatic(body, end, &scratch)) {
        add(texts, &scratch);
    }
    while (criterion < SUBJECT && header_address(&body, end, &scratch))
        add(texts, &scratch);
    buffer_finish(&scratch);
}

static void add_fields(struct texts *texts, const struct account *account,
                       const char *at, size_t length)
{
    const char *end = at + length, *name, *body;
    size_t size;

    while ((name = header_next(&at, end, &size, &body)) != NULL) {
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
            enum criterion criterion = fields[i].criterion;

            if (strlen(fields[i].name) == size &&
                strncasecmp(fields[i].name, name, size) == 0 &&
                is_needed(account, criterion))
                add_field(&texts->criteria[criterion], criterion, body, at);
        }
    }
}

static void texts_init(struct texts *texts, const struct account *account,
                       const struct match_subject *subject)
{
    for (int i = 0; i < CRITERIA; i++)
        buffer_init(&texts->criteria[i], 2 * TEXT_MAX);
    add_fields(texts, account, subject->header, subject->length);
    if (subject->origin)
        add_fields(texts, account, subject->origin, subject->origin_length);
}

static void texts_finish(struct texts *texts)
{
    for (int i = 0; i < CRITERIA; i++)
        buffer_finish(&texts->criteria[i]);
}

/* ---- rules ---- */

enum answer { NO, UNKNOWN, YES };

static bool any_matches(const char *glob, const struct buffer *texts)
{
    for (size_t at = 0; at < texts->length;
         at += strlen(texts->data + at) + 1) {
        if (glob_matches(glob, texts->data + at))
            return true;
    }
    return false;
}

static enum answer ask(const struct rule *rule, enum criterion criterion,
                       const struct texts *texts,
                       const struct match_subject *subject)
{
    const char *glob = glob_of(rule, criterion);

    if (!glob)
        return YES;
    bool wanted =
        criterion != AUTO_SUBMITTED || rule->auto_submitted == RULE_TRUE;

    if (any_matches(glob, &texts->criteria[criterion]))
        return wanted ? YES : NO;
    if (!subject->whole || (subject->origin_cut && is_origin(criterion)))
        return UNKNOWN;
    return wanted ? NO : YES;
}

/* The least of its criteria's answers. */
static enum answer ask_rule(const struct rule *rule, const struct texts *texts,
                            const struct match_subject *subject)
{
    enum answer least = YES;

    if (rule->mailbox && !selection_covers(rule->mailbox, subject->mailbox,
                                           subject->separator, subject->uses))
        return NO;
    for (enum criterion i = 0; i < CRITERIA; i++) {
        enum answer answer = ask(rule, i, texts, subject);

        if (answer < least)
            least = answer;
    }
    return least;
}

struct match_verdict match_rule(const struct account *account,
                                const struct match_subject *subject)
{
    struct match_verdict verdict = {.rule = RULE_NONE};
    enum answer answer = NO;
    struct texts texts;

    texts_init(&texts, account, subject);
    for (size_t i = 0; i < account->rule_count && answer == NO; i++) {
        bool search = account->rules[i].gmail_search != NULL;

        if (search && !subject->searches)
            continue;
        answer = ask_rule(&account->rules[i], &texts, subject);
        if (answer == YES && search) {
            verdict.asks |= INT64_C(1) << i;
            answer = NO;
        } else if (answer == YES) {
            verdict.rule = i;
        }
    }
    texts_finish(&texts);
    return verdict;
}
