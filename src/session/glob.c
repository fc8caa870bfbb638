/*
 * A mismatch lets the newest "*" take one character more, and no earlier one:
 * whatever an earlier one could still reach, the newest reaches as well. So the
 * work is at most the length of the glob times that of the text, and a stranger
 * who writes the text cannot make it more.
 */
#include "session/glob.h"

#include "base/text.h"

#include <locale.h>
#include <stdint.h>
#include <string.h>
#include <wctype.h>

#define BEYOND_UNICODE 0x110000

/* The letters of all alphabets, whatever language the owner has; null where the
 * system has only those of ASCII. */
static locale_t alphabets(void)
{
    static locale_t locale;
    static bool tried;

    if (!tried)
        locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    tried = true;
    return locale;
}

static uint32_t fold(uint32_t code)
{
    if (code < 0x80)
        return code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
    if (code >= BEYOND_UNICODE || !alphabets())
        return code;
    return (uint32_t)towlower_l((wint_t)code, alphabets());
}

/* Takes a character, folded. */
static uint32_t next(const char **at)
{
    const char *from = *at;
    unsigned char first = (unsigned char)*from;
    size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t code = first;

    if (length > 1 &&
        (strnlen(from, length) < length || !text_is_utf8(from, length))) {
        *at = from + 1;
        return BEYOND_UNICODE + first;
    }
    if (length > 1)
        code = first & (0x7f >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)from[i] & 0x3f);
    *at = from + length;
    return fold(code);
}

bool glob_matches(const char *glob, const char *text)
{
    const char *star = NULL, *from = text;

    while (*text) {
        const char *after_glob = glob, *after_text = text;
        uint32_t wanted = next(&after_glob), found = next(&after_text);

        if (wanted == '*') {
            star = glob = after_glob;
            from = text;
        } else if (*glob && (wanted == '?' || wanted == found)) {
            glob = after_glob;
            text = after_text;
        } else if (star) {
            glob = star;
            next(&from);
            text = from;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}
