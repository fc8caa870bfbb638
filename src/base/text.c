#include "base/text.h"

#include <string.h>

size_t text_character(const char *at, size_t length)
{
    const unsigned char *text = (const unsigned char *)at;
    static const unsigned char lowest[] = {0, 0, 0x80, 0x80, 0x80};
    size_t size = text[0] < 0x80                      ? 1
                  : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
                  : (text[0] & 0xf0) == 0xe0          ? 3
                  : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
                                                      : 0;
    unsigned char low = lowest[size], high = 0xbf;

    if (size == 0 || size > length)
        return 0;
    if (text[0] == 0xe0) /* shorter forms exist */
        low = 0xa0;
    if (text[0] == 0xed) /* surrogates */
        high = 0x9f;
    if (text[0] == 0xf0)
        low = 0x90;
    if (text[0] == 0xf4) /* past U+10FFFF */
        high = 0x8f;
    for (size_t i = 1; i < size; i++) {
        if (text[i] < low || text[i] > high)
            return 0;
        low = 0x80;
        high = 0xbf;
    }
    return size;
}

bool text_is_utf8(const char *text, size_t length)
{
    while (length > 0) {
        size_t size = text_character(text, length);

        if (size == 0)
            return false;
        text += size;
        length -= size;
    }
    return true;
}

size_t text_cut(const char *text, size_t length, size_t max)
{
    if (length <= max)
        return length;
    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

void text_sanitise(char *text)
{
    unsigned char *at = (unsigned char *)text;
    size_t length = strlen(text);

    while (length > 0) {
        size_t size = text_character((const char *)at, length);

        if (size == 0 || *at < 0x20 || *at == 0x7f ||
            (size == 2 && at[0] == 0xc2 && at[1] < 0xa0)) {
            *at = '?';
            if (size == 2)
                at[1] = '?';
            size = size == 2 ? 2 : 1;
        }
        at += size;
        length -= size;
    }
}

bool text_has_control(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return true;
    }
    return false;
}
