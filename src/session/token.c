#include "session/token.h"

#include "base/mailbox.h"

#include <ctype.h>
#include <string.h>

const char *token_skip_spaces(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

int64_t token_number(const char **at, const char *end)
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

static const char *skip_quoted(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        if (*at == '\\')
            at++;
    }
    return at < end ? at + 1 : NULL;
}

/* "{5}" and a line end before its bytes; null for a brace that is nothing of
 * the kind. */
static const char *skip_literal(const char *at, const char *end)
{
    at++;
    int64_t size = token_number(&at, end);

    if (size < 0 || at >= end || *at++ != '}')
        return NULL;
    if (at < end && *at == '\r')
        at++;
    if (at >= end || *at++ != '\n' || size > end - at)
        return NULL;
    return at + size;
}

const char *token_skip_string(const char *at, const char *end)
{
    return *at == '"' ? skip_quoted(at, end) : skip_literal(at, end);
}

/* An atom may hold brackets of the other kinds ("[Gmail]/Bin"). */
static const char *skip_atom(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && *at && !strchr(" \t\r\n()\"{", *at))
        at++;
    return at > start ? at : NULL;
}

const char *token_skip(const char *at, const char *end)
{
    int depth = 0;

    do {
        if (depth > 0)
            at = token_skip_spaces(at, end);
        if (at == end)
            return NULL;
        if (*at == '"' || *at == '{') {
            at = token_skip_string(at, end);
        } else if (*at == '(' || *at == ')') {
            depth += *at++ == '(' ? 1 : -1;
        } else {
            at = skip_atom(at, end);
        }
    } while (at && depth > 0);
    return depth == 0 ? at : NULL;
}

char *token_unquote(char *token)
{
    char *to = token, *at = token + 1;

    if (*token == '{') {
        char *end = strchr(token, '\n');

        return end ? end + 1 : token;
    }
    if (*token != '"')
        return token;
    for (; *at && *at != '"'; at++) {
        if (*at == '\\' && at[1])
            at++;
        *to++ = *at;
    }
    *to = '\0';
    return token;
}
