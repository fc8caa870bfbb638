#include "session/screen.h"

#include "base/mailbox.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct allowed {
    const char *word;
    bool numbered;
} allowed[] = {
    {"EXISTS", true}, {"EXPUNGE", true}, {"RECENT", true},      {"FETCH", true},
    {"LIST", false},  {"STATUS", false}, {"CAPABILITY", false},
};

static const char *skip_spaces(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

/* A number of at most 32 bits; -1 when there is none or it is too large. */
static int64_t take_number(const char **at, const char *end)
{
    int64_t number = 0;
    const char *start = *at;

    while (*at < end && isdigit((unsigned char)**at)) {
        if (number <= UID_MAX)
            number = number * 10 + (**at - '0');
        (*at)++;
    }
    return *at == start || number > UID_MAX ? -1 : number;
}

/* Steps over a quoted string; null where it does not end. */
static const char *skip_quoted(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        if (*at == '\\')
            at++;
    }
    return at < end ? at + 1 : NULL;
}

/* Steps over a literal, "{5}" and a line end before its bytes; null for a brace
 * that is nothing of the kind. */
static const char *skip_literal(const char *at, const char *end)
{
    at++;
    int64_t size = take_number(&at, end);

    if (size < 0 || at >= end || *at++ != '}')
        return NULL;
    if (at < end && *at == '\r')
        at++;
    if (at >= end || *at++ != '\n' || size > end - at)
        return NULL;
    return at + size;
}

static bool is_delimiter(char byte)
{
    return byte == '\0' || strchr(" \t\r\n()[]<>{\"", byte) != NULL;
}

/* An atom; the number that it is, or begins with, is measured: the parser may
 * take it for one. Keywords that end in more digits than that are fine. */
static bool skip_atom(const char **at, const char *end)
{
    bool fits = !isdigit((unsigned char)**at) || take_number(at, end) >= 0;

    while (*at < end && !is_delimiter(**at))
        (*at)++;
    return fits;
}

/* Bounded nesting, no NUL, no number past 32 bits, outside of strings. */
static bool is_safe(const char *at, const char *end)
{
    int depth = 0;

    while (at < end) {
        if (*at == '"' || *at == '{') {
            at = *at == '"' ? skip_quoted(at, end) : skip_literal(at, end);
            if (!at)
                return false;
            continue;
        }
        if (*at == '\0' || (*at == '(' && ++depth > SCREEN_NESTING_MAX))
            return false;
        if (*at == ')')
            depth--;
        if (is_delimiter(*at))
            at++;
        else if (!skip_atom(&at, end))
            return false;
    }
    return depth == 0;
}

struct screened screen(const char *raw, size_t length)
{
    struct screened found = {.number = -1};
    const char *end = raw + length;
    const char *at = skip_spaces(raw + 1, end);
    bool numbered = at < end && isdigit((unsigned char)*at);

    if (numbered) {
        found.number = take_number(&at, end);
        at = skip_spaces(at, end);
    }
    const char *word = at;

    while (at < end && isalpha((unsigned char)*at))
        at++;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        size_t size = strlen(allowed[i].word);

        if (allowed[i].numbered == numbered && size == (size_t)(at - word) &&
            strncasecmp(word, allowed[i].word, size) == 0)
            found.word = allowed[i].word;
    }
    found.after = at;
    found.safe =
        found.word && (!numbered || found.number >= 0) && is_safe(at, end);
    return found;
}
