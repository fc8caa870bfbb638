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

/* U+0000 to U+001F, U+007F to U+009F */
static bool is_control(const unsigned char *at, size_t size)
{
    return *at < 0x20 || *at == 0x7f ||
           (size == 2 && at[0] == 0xc2 && at[1] < 0xa0);
}

void text_sanitise(char *text)
{
    unsigned char *at = (unsigned char *)text;
    size_t length = strlen(text);

    while (length > 0) {
        size_t size = text_character((const char *)at, length);

        if (size == 0 || is_control(at, size)) {
            *at = '?';
            if (size == 2)
                at[1] = '?';
            size = size == 2 ? 2 : 1;
        }
        at += size;
        length -= size;
    }
}

/* ---- for a screen ---- */

static bool is_between(const unsigned char *at, size_t size, const char *first,
                       const char *last)
{
    return size == 3 && memcmp(at, first, 3) >= 0 && memcmp(at, last, 3) <= 0;
}

/* U+202A to U+202E, U+2066 to U+206F */
static bool turns(const unsigned char *at, size_t size)
{
    return is_between(at, size, "\xe2\x80\xaa", "\xe2\x80\xae") ||
           is_between(at, size, "\xe2\x81\xa6", "\xe2\x81\xaf");
}

/* U+2028 and U+2029 */
static bool ends_line(const unsigned char *at, size_t size)
{
    return is_between(at, size, "\xe2\x80\xa8", "\xe2\x80\xa9");
}

bool text_is_showable(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;

    while (length > 0) {
        size_t size = text_character((const char *)at, length);

        if (size == 0 || is_control(at, size) || turns(at, size) ||
            ends_line(at, size))
            return false;
        at += size;
        length -= size;
    }
    return true;
}

void text_make_showable(char *text)
{
    unsigned char *from = (unsigned char *)text, *to = from;
    size_t length = strlen(text);

    text_sanitise(text);
    while (length > 0) {
        size_t size = text_character((char *)from, length);

        if (ends_line(from, size)) {
            *to++ = ' ';
        } else if (!turns(from, size)) {
            memmove(to, from, size);
            to += size;
        }
        from += size;
        length -= size;
    }
    *to = '\0';
}

void text_shorten(char *text, size_t max)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    size_t length = strlen(text);

    if (length > max)
        strcpy(text + text_cut(text, length, max - strlen(ellipsis)), ellipsis);
}

bool text_has_control(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return true;
    }
    return false;
}
