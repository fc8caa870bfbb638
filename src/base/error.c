#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* snprintf() cuts anywhere; take back half a character at the end. */
static void trim_character(char *text, size_t size, int wanted)
{
    if (wanted >= 0 && (size_t)wanted >= size) {
        size_t length = strlen(text);

        while (length > 0 && !text_is_utf8(text, length))
            length--;
        text[length] = '\0';
    }
}

int error_set(struct error *err, enum error_class class, const char *code,
              const char *format, ...)
{
    va_list args;

    if (!err)
        return -1;
    err->class = class;
    snprintf(err->code, sizeof err->code, "%s", code);
    va_start(args, format);
    int wanted = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    trim_character(err->text, sizeof err->text, wanted);
    text_sanitise(err->text);
    return -1;
}

void error_prefix(struct error *err, const char *format, ...)
{
    char before[sizeof err->text], whole[2 * sizeof err->text];
    va_list args;

    va_start(args, format);
    vsnprintf(before, sizeof before, format, args);
    va_end(args);
    snprintf(whole, sizeof whole, "%s%s", before, err->text);
    size_t length = text_cut(whole, strlen(whole), sizeof err->text - 1);
    memcpy(err->text, whole, length);
    err->text[length] = '\0';
}
