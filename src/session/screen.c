#include "session/screen.h"

#include "session/token.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct allowed {
    const char *word;
    bool numbered;
} allowed[] = {
    {"EXISTS", true},      {"EXPUNGE", true}, {"RECENT", true},
    {"FETCH", true},       {"LIST", false},   {"STATUS", false},
    {"CAPABILITY", false}, {"SEARCH", false}, {"METADATA", false},
};

static bool is_delimiter(char byte)
{
    return byte == '\0' || strchr(" \t\r\n()[]<>{\"", byte) != NULL;
}

/* An atom; the number that it is, or begins with, is measured: the parser may
 * take it for one. Keywords that end in more digits than that are fine. */
static bool skip_atom(const char **at, const char *end)
{
    bool fits = !isdigit((unsigned char)**at) || token_number(at, end) >= 0;

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
            at = token_skip_string(at, end);
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
    const char *at = token_skip_spaces(raw + 1, end);
    bool numbered = at < end && isdigit((unsigned char)*at);

    if (numbered) {
        found.number = token_number(&at, end);
        at = token_skip_spaces(at, end);
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
