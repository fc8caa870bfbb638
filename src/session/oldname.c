#include "session/oldname.h"

#include "session/token.h"
#include "session/utf7.h"

#include <string.h>
#include <strings.h>

/* The longest token that is looked at: a name in modified UTF-7 is longer than
 * in UTF-8. */
#define WIRE_MAX 4096

/* Steps over the next token; null where there is none. */
static const char *next(const char **at, const char *end)
{
    const char *start = token_skip_spaces(*at, end);

    *at = start < end ? token_skip(start, end) : NULL;
    return *at ? start : NULL;
}

const char *oldname_find(const char *at, const char *end)
{
    /* the attributes, the separator, the mailbox */
    if (!next(&at, end) || !next(&at, end) || !next(&at, end))
        return NULL;
    at = token_skip_spaces(at, end);
    return at < end && *at == '(' ? at : NULL;
}

/* What a token stands for, NUL-terminated in wire; "" if it is too long. */
static const char *plain(const char *token, const char *end, char *wire)
{
    size_t length = (size_t)(end - token);

    if (length >= WIRE_MAX)
        return "";
    memcpy(wire, token, length);
    wire[length] = '\0';
    return token_unquote(wire);
}

bool oldname_take(const char *extended, const char *end, char *name,
                  size_t size)
{
    char wire[WIRE_MAX];
    const char *at = extended + 1, *tag, *value;

    while ((tag = next(&at, end)) != NULL) {
        bool found = strcasecmp(plain(tag, at, wire), "OLDNAME") == 0;

        value = next(&at, end);
        if (!value)
            return false;
        if (!found || *value != '(')
            continue;
        at = value + 1;
        value = next(&at, end);
        return value && utf7_decode(plain(value, at, wire), name, size);
    }
    return false;
}
