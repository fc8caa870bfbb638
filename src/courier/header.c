#include "courier/header.h"

#include "base/buffer.h"
#include "base/request.h"
#include "base/text.h"
#include "courier/memory.h"

#include <stdbool.h>
#include <string.h>

#define TOKEN                                                                  \
    "!#$%&'*+-.^_`|~0123456789"                                                \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define BLANK " \t"

static bool is_value(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (value[i] != '\t' && text_has_control(value + i, 1))
            return false;
    }
    return true;
}

static void append(struct curl_slist **list, const char *name, size_t length,
                   const char *value, size_t value_length)
{
    struct buffer line;

    /* cannot be refused: the request's headers are not longer */
    buffer_init(&line, REQUEST_HEADERS_MAX + sizeof ": ");
    buffer_add(&line, name, length);
    buffer_add_text(&line, value_length ? ": " : ";");
    buffer_add(&line, value, value_length);
    *list = memory_needed(curl_slist_append(*list, line.data));
    buffer_finish(&line);
}

static const char *add_line(struct curl_slist **list, const char *line,
                            size_t length)
{
    size_t name = strspn(line, TOKEN);

    if (name == 0 || name >= length || line[name] != ':')
        return "a header is not of the form \"Name: value\"";
    if (request_owns_header(line, name))
        return "a header sets what only HTTP itself may set (Content-Length, "
               "Expect and the like)";
    const char *value = line + name + 1;
    const char *end = line + length;

    while (value < end && strchr(BLANK, *value))
        value++;
    while (value < end && strchr(BLANK, end[-1]))
        end--;
    if (!is_value(value, (size_t)(end - value)))
        return "a header holds a control character";
    append(list, line, name, value, (size_t)(end - value));
    return NULL;
}

const char *header_add(struct curl_slist **list, const char *text)
{
    const char *wrong = NULL;

    while (*text && !wrong) {
        size_t length = strcspn(text, "\n");

        if (length > 0)
            wrong = add_line(list, text, length);
        text += length + (text[length] == '\n');
    }
    return wrong;
}

bool header_is_set(const struct curl_slist *list, const char *name)
{
    size_t length = strlen(name);

    for (; list; list = list->next) {
        char after = '\0';

        if (strncasecmp(list->data, name, length) == 0)
            after = list->data[length];
        if (after == ':' || after == ';')
            return true;
    }
    return false;
}
