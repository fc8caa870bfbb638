#include "session/encoded.h"

#include "session/charset.h"

#include <ctype.h>
#include <string.h>

/* The next question mark, as long as it is one word. */
static const char *mark(const char *at, const char *end)
{
    while (at < end && *at != '?' && *at > ' ' && *at != 0x7f)
        at++;
    return at < end && *at == '?' ? at : NULL;
}

/* ... in the text, which others than ASCII have got into, too. */
static const char *last_mark(const char *at, const char *end)
{
    while (at < end && *at != '?' && !strchr(" \t\r\n", *at))
        at++;
    return end - at >= 2 && at[0] == '?' && at[1] == '=' ? at : NULL;
}

const char *encoded_find(const char *at, const char *end, struct encoded *word)
{
    if (end - at < 2 || at[0] != '=' || at[1] != '?')
        return NULL;
    const char *charset = at + 2, *way = mark(charset, end);

    if (!way || end - way < 3 || way[2] != '?')
        return NULL;
    const char *last = last_mark(way + 3, end);
    const char *language = memchr(charset, '*', (size_t)(way - charset));

    *word = (struct encoded){
        .charset = charset,
        .charset_length = (size_t)((language ? language : way) - charset),
        .way = (char)toupper((unsigned char)way[1]),
        .text = way + 3,
        .text_end = last,
    };
    if (!last || (word->way != 'B' && word->way != 'Q') ||
        !charset_is_known(charset, word->charset_length))
        return NULL;
    return last + 2;
}

/* ---- Q ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode_q(const char *at, const char *end, struct buffer *bytes)
{
    for (; at < end; at++) {
        char byte = *at == '_' ? ' ' : *at;

        if (*at == '=' && end - at > 2 && hex_digit(at[1]) >= 0 &&
            hex_digit(at[2]) >= 0) {
            byte = (char)(hex_digit(at[1]) << 4 | hex_digit(at[2]));
            at += 2;
        }
        buffer_add(bytes, &byte, 1);
    }
}

/* ---- B ---- */

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* What is no digit is passed over (RFC 2045 section 6.8), and missing padding
 * is nobody's loss. */
static void decode_b(const char *at, const char *end, struct buffer *bytes)
{
    unsigned bits = 0, count = 0;

    for (; at < end && *at != '='; at++) {
        int digit = base64_digit(*at);

        if (digit < 0)
            continue;
        bits = bits << 6 | (unsigned)digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            char byte = (char)(bits >> count & 0xff);

            buffer_add(bytes, &byte, 1);
        }
    }
}

void encoded_decode(const struct encoded *word, struct buffer *bytes)
{
    if (word->way == 'Q')
        decode_q(word->text, word->text_end, bytes);
    else
        decode_b(word->text, word->text_end, bytes);
}
