#include "session/screen.h"

#include "base/mailbox.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct allowed {
    const char *word;
    bool numbered;
} allowed[] = {
    {"EXISTS", true}, {"EXPUNGE", true}, {"RECENT", true},
    {"FETCH", true},  {"STATUS", false}, {"CAPABILITY", false},
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

/* Steps over a quoted string or a literal; null where it does not end. */
static const char *skip_string(const char *at, const char *end)
{
    if (*at == '"') {
        for (at++; at < end && *at != '"'; at++) {
            if (*at == '\\')
                at++;
        }
        return at < end ? at + 1 : NULL;
    }
    const char *digits = at + 1;
    int64_t size = take_number(&digits, end);

    if (size < 0 || digits >= end || *digits != '}')
        return at + 1; /* a lone brace */
    digits = memchr(digits, '\n', (size_t)(end - digits));
    if (!digits || size > end - (digits + 1))
        return NULL;
    return digits + 1 + size;
}

static bool is_delimiter(char byte)
{
    return byte == '\0' || strchr(" \t\r\n()[]<>{\"", byte) != NULL;
}

/* An atom; only one that is a number is measured: a keyword may well end in
 * more digits than that. */
static bool skip_atom(const char **at, const char *end)
{
    const char *start = *at;
    bool number = true;

    for (; *at < end && !is_delimiter(**at); (*at)++)
        number = number && isdigit((unsigned char)**at);
    return !number || take_number(&start, *at) >= 0;
}

/* Bounded nesting, no NUL, no number past 32 bits, outside of strings. */
static bool is_safe(const char *at, const char *end)
{
    int depth = 0;

    while (at < end) {
        if (*at == '"' || *at == '{') {
            at = skip_string(at, end);
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
