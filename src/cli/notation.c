#include "cli/notation.h"

void notation_text(struct buffer *out, const char *text)
{
    buffer_add_text(out, "\"");
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\')
            buffer_printf(out, "\\%c", byte);
        else if (byte < 0x20)
            buffer_printf(out, "\\x%02x", byte);
        else
            buffer_add(out, text, 1);
    }
    buffer_add_text(out, "\"");
}

void notation_setting(struct buffer *out, const char *key, const char *text)
{
    if (!text)
        return;
    buffer_printf(out, "%s = ", key);
    notation_text(out, text);
    buffer_add_text(out, ";\n");
}
