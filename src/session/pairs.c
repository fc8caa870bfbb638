#include "session/pairs.h"

#include "session/token.h"

#include <string.h>
#include <strings.h>

bool pairs_enter(const char **at, const char *end)
{
    const char *list = token_skip_spaces(*at, end);

    if (list < end && *list != '(') {
        list = token_skip(list, end);
        list = list ? token_skip_spaces(list, end) : end;
    }
    if (list >= end || *list != '(')
        return false;
    *at = list + 1;
    return true;
}

/* What stands between the quotes, or behind the head of a literal. */
static void take_string(const char *start, const char *end, struct pair *pair)
{
    const char *feed = memchr(start, '\n', (size_t)(end - start));

    if (*start == '"') {
        pair->value = start + 1;
        pair->length = (size_t)(end - start) - 2;
    } else {
        pair->value = feed + 1; /* token_skip() has seen it */
        pair->length = (size_t)(end - pair->value);
    }
    pair->is_string = true;
}

/* A name may have a list in brackets: "BODY[HEADER.FIELDS (SUBJECT)]<0>". */
static const char *skip_name(const char *name, const char *end)
{
    const char *behind = token_skip(name, end), *close;

    if (!behind || *name == '"' ||
        !memchr(name, '[', (size_t)(behind - name)) ||
        memchr(name, ']', (size_t)(behind - name)))
        return behind;
    close = memchr(behind, ']', (size_t)(end - behind));
    return close ? token_skip(close, end) : NULL;
}

bool pairs_next(const char **at, const char *end, struct pair *pair)
{
    const char *name = token_skip_spaces(*at, end), *value, *behind;

    if (name >= end || strchr(")\r\n", *name) ||
        !(behind = skip_name(name, end)))
        return false;
    value = token_skip_spaces(behind, end);
    *pair = (struct pair){
        .name = name, .name_length = (size_t)(behind - name), .value = value};
    if (*name == '"' && pair->name_length >= 2) {
        pair->name++;
        pair->name_length -= 2;
    }
    *at = value < end ? token_skip(value, end) : NULL;
    if (!*at) {
        *at = end;
        return false;
    }
    if (*value == '"' || *value == '{')
        take_string(value, *at, pair);
    else
        pair->length = (size_t)(*at - value);
    return true;
}

bool pairs_is(const struct pair *pair, const char *name)
{
    return strlen(name) == pair->name_length &&
           strncasecmp(name, pair->name, pair->name_length) == 0;
}
