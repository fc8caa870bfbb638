#include "session/match.h"

#include "session/header.h"
#include "session/selection.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Steps over one character of UTF-8. */
static const char *next_character(const char *text)
{
    text++;
    while (((unsigned char)*text & 0xc0) == 0x80)
        text++;
    return text;
}

bool match_glob(const char *glob, const char *text)
{
    const char *star = NULL, *from = text;

    while (*text) {
        if (*glob == '*') {
            star = ++glob;
            from = text;
        } else if (*glob == '?') {
            glob++;
            text = next_character(text);
        } else if (*glob && tolower((unsigned char)*glob) ==
                                tolower((unsigned char)*text)) {
            glob++;
            text++;
        } else if (star) { /* it stands for one more */
            glob = star;
            text = from = next_character(from);
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}

/* What a rule may ask of a header, and the fields that answer. */
enum criterion { LIST_ID, FROM, TO, SUBJECT, AUTO_SUBMITTED };

static const struct field {
    const char *name;
    enum criterion criterion;
} fields[] = {{"LIST-ID", LIST_ID}, {"FROM", FROM},
              {"TO", TO},           {"CC", TO},
              {"SUBJECT", SUBJECT}, {"AUTO-SUBMITTED", AUTO_SUBMITTED}};

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
        return rule->auto_submitted == RULE_ANY ? NULL : "";
    }
    return NULL;
}

void match_fields(const struct account *account, char *list)
{
    *list = '\0';
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        bool needed = false;

        for (size_t j = 0; j < account->rule_count; j++)
            needed = needed ||
                     glob_of(&account->rules[j], fields[i].criterion) != NULL;
        if (needed)
            strcat(strcat(list, " "), fields[i].name);
    }
}

/* The text as a whole, or one address of it. */
static bool matches_address(const char *glob, const char *text)
{
    char address[HEADER_VALUE_MAX];

    if (match_glob(glob, text))
        return true;
    while (header_address(&text, address)) {
        if (match_glob(glob, address))
            return true;
    }
    return false;
}

static bool matches_field(const struct field *field, const char *glob,
                          const char *body, const char *end)
{
    char text[HEADER_VALUE_MAX];

    header_text(body, end, text);
    switch (field->criterion) {
    case SUBJECT:
        return match_glob(glob, text);
    case AUTO_SUBMITTED: /* RFC 3834 section 5: "no", perhaps with parameters */
        return strncasecmp(text, "no", 2) != 0 ||
               isalnum((unsigned char)text[2]) || text[2] == '-';
    default:
        return matches_address(glob, text);
    }
}

/* Does one of the fields for a criterion match? */
static bool matches_header(enum criterion criterion, const char *glob,
                           const char *header, size_t length)
{
    const char *at = header, *end = header + length, *name, *body;
    size_t size;

    while ((name = header_next(&at, end, &size, &body)) != NULL) {
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
            if (fields[i].criterion == criterion &&
                strlen(fields[i].name) == size &&
                strncasecmp(fields[i].name, name, size) == 0 &&
                matches_field(&fields[i], glob, body, at))
                return true;
        }
    }
    return false;
}

static bool matches(const struct rule *rule, const char *mailbox,
                    const char *header, size_t length)
{
    static const enum criterion globs[] = {LIST_ID, FROM, TO, SUBJECT};

    /* without a separator "%" stands for anything, too */
    if (rule->mailbox && !selection_matches(rule->mailbox, mailbox, '\0'))
        return false;
    for (size_t i = 0; i < sizeof globs / sizeof *globs; i++) {
        const char *glob = glob_of(rule, globs[i]);

        if (glob && !matches_header(globs[i], glob, header, length))
            return false;
    }
    return rule->auto_submitted == RULE_ANY ||
           matches_header(AUTO_SUBMITTED, "", header, length) ==
               (rule->auto_submitted == RULE_TRUE);
}

size_t match_rule(const struct account *account, const char *mailbox,
                  const char *header, size_t length)
{
    for (size_t i = 0; i < account->rule_count; i++) {
        if (matches(&account->rules[i], mailbox, header, length))
            return i;
    }
    return RULE_NONE;
}
