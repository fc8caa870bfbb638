#include "courier/block.h"

#include "courier/base64url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Tags and entities of HTML that are longer are none. */
#define TAG_MAX 2000
#define ENTITY_MAX 12

/* Shorter lines of letters are words. */
#define LINE_MIN 16

/* ---- what stands between the letters ---- */

/* Where a mark ends that begins at `at`; `at` where it does not within max. */
static const char *skip_to(const char *at, const char *end, char mark,
                           size_t max)
{
    size_t left = (size_t)(end - at);
    const char *found = memchr(at, mark, left < max ? left : max);

    return found ? found + 1 : at;
}

static int hex(char digit)
{
    const char *digits = "0123456789ABCDEF";
    const char *found = digit ? strchr(digits, digit) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* One byte of the text as it was meant, or 0 where there is nothing to take:
 * quoted-printable (RFC 2045 section 6.7) is decoded, tags and entities of HTML
 * are passed over. *at is behind it. */
static char take(const char **at, const char *end)
{
    const char *from = *at;
    int high, low;

    *at = from + 1;
    switch (*from) {
    case '<':
        *at = skip_to(from, end, '>', TAG_MAX);
        break;
    case '&':
        *at = skip_to(from, end, ';', ENTITY_MAX);
        break;
    case '=':
        if (end - from < 3 || (high = hex(from[1])) < 0 ||
            (low = hex(from[2])) < 0)
            return 0;
        *at = from + 3;
        return (char)(high * 16 + low);
    default:
        return *from;
    }
    if (*at == from)
        *at = from + 1;
    return 0;
}

static bool is_letter(char byte)
{
    return byte && (isalnum((unsigned char)byte) || byte == '-' || byte == '_');
}

/* The letters up to a marker, which *at is in front of then; false where there
 * are too many. */
static bool take_letters(const char **at, const char *stop,
                         struct buffer *letters)
{
    bool fits = true;

    while (*at < stop) {
        char byte = take(at, stop);

        if (is_letter(byte) && buffer_add(letters, &byte, 1) < 0)
            fits = false;
    }
    return fits;
}

/* ---- the block ---- */

static const char *find(const char *at, const char *end, const char *marker)
{
    return at < end ? memmem(at, (size_t)(end - at), marker, strlen(marker))
                    : NULL;
}

/* The innermost pair of markers: a block that broke off has no end. */
static bool find_block(const char **at, const char *end, const char **stop)
{
    const char *begin = find(*at, end, BLOCK_BEGIN), *again;

    *stop = begin ? find(begin, end, BLOCK_END) : NULL;
    if (!*stop)
        return false;
    while ((again = find(begin + 1, *stop, BLOCK_BEGIN)) != NULL)
        begin = again;
    *at = begin + strlen(BLOCK_BEGIN);
    return true;
}

static bool decode(const struct buffer *letters, struct buffer *found)
{
    size_t size = letters->length * 6 / 8;
    char *room = size > 0 ? buffer_room(found, size) : NULL;

    if (!room || !base64url_decode(letters->data, room, size))
        return false;
    found->length = size;
    return true;
}

bool block_next(const char **at, const char *end, struct buffer *found)
{
    struct buffer letters;
    const char *stop;
    bool good = false;

    buffer_init(&letters, BASE64URL_LENGTH(found->maximum));
    while (!good && find_block(at, end, &stop)) {
        buffer_finish(&letters);
        buffer_finish(found);
        good = take_letters(at, stop, &letters) && decode(&letters, found);
        *at = stop + strlen(BLOCK_END);
    }
    buffer_finish(&letters);
    return good;
}

/* ---- a text in base64 ---- */

/* The next line without its end, or null. */
static const char *next_line(const char **at, const char *end, size_t *length)
{
    const char *line = *at;

    if (line >= end)
        return NULL;
    const char *stop = memchr(line, '\n', (size_t)(end - line));

    *at = stop ? stop + 1 : end;
    stop = stop ? stop : end;
    while (stop > line && strchr(" \t\r", stop[-1]) && stop[-1])
        stop--;
    *length = (size_t)(stop - line);
    return line;
}

static bool is_base64(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!line[i] ||
            (!isalnum((unsigned char)line[i]) && !strchr("+/=", line[i])))
            return false;
    }
    return length > 0;
}

void block_decode(const char *at, const char *end, struct buffer *plain)
{
    struct buffer letters;
    const char *line;
    size_t length;

    buffer_init(&letters, (size_t)(end - at));
    do {
        line = next_line(&at, end, &length);
        if (line && is_base64(line, length) &&
            (letters.length > 0 || length >= LINE_MIN)) {
            buffer_add(&letters, line, length);
        } else if (letters.length > 0) {
            base64_add_decoded(letters.data, plain);
            buffer_finish(&letters);
        }
    } while (line);
    buffer_finish(&letters);
}
