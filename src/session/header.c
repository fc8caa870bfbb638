#include "session/header.h"

#include "base/text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- fields ---- */

static const char *line_end(const char *at, const char *end)
{
    const char *feed = memchr(at, '\n', (size_t)(end - at));

    return feed ? feed + 1 : end;
}

const char *header_next(const char **at, const char *end, size_t *length,
                        const char **body)
{
    while (*at < end) {
        const char *name = *at, *stop = line_end(name, end);
        const char *colon = memchr(name, ':', (size_t)(stop - name));

        while (stop < end && (*stop == ' ' || *stop == '\t')) /* folded */
            stop = line_end(stop, end);
        *at = stop;
        if (!colon || colon == name)
            continue;
        *body = colon + 1;
        *length = (size_t)(colon - name);
        while (*length > 0 && strchr(" \t", name[*length - 1]))
            --*length;
        return name;
    }
    return NULL;
}

/* ---- encoded words ---- */

struct pen {
    char *at, *end; /* a NUL fits behind */
};

static void put(struct pen *pen, char byte)
{
    if (pen->at < pen->end)
        *pen->at++ = byte;
}

static void put_code(struct pen *pen, unsigned code)
{
    if (code < 0x80) {
        put(pen, (char)code);
    } else if (code < 0x800) {
        put(pen, (char)(0xc0 | code >> 6));
        put(pen, (char)(0x80 | (code & 0x3f)));
    } else {
        put(pen, (char)(0xe0 | code >> 12));
        put(pen, (char)(0x80 | (code >> 6 & 0x3f)));
        put(pen, (char)(0x80 | (code & 0x3f)));
    }
}

/* What windows-1252 has where ISO 8859-1 has control characters. */
static const uint16_t windows[32] = {
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
    0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

/* What ISO 8859-15 has in other places than ISO 8859-1. */
static unsigned latin9(unsigned byte)
{
    static const struct {
        unsigned byte, code;
    } others[] = {{0xa4, 0x20ac}, {0xa6, 0x160}, {0xa8, 0x161}, {0xb4, 0x17d},
                  {0xb8, 0x17e},  {0xbc, 0x152}, {0xbd, 0x153}, {0xbe, 0x178}};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].byte == byte)
            return others[i].code;
    }
    return byte;
}

enum charset { UTF8, LATIN1, LATIN9, WINDOWS, UNKNOWN };

static enum charset charset_of(const char *name, size_t length)
{
    static const struct {
        const char *name;
        enum charset charset;
    } known[] = {{"utf-8", UTF8},         {"utf8", UTF8},
                 {"us-ascii", UTF8},      {"iso-8859-1", LATIN1},
                 {"iso-8859-15", LATIN9}, {"windows-1252", WINDOWS},
                 {"cp1252", WINDOWS}};
    const char *language = memchr(name, '*', length); /* RFC 2231 section 5 */

    if (language)
        length = (size_t)(language - name);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i].name) == length &&
            strncasecmp(known[i].name, name, length) == 0)
            return known[i].charset;
    }
    return UNKNOWN;
}

static void put_byte(struct pen *pen, unsigned char byte, enum charset charset)
{
    if (charset == UTF8)
        put(pen, (char)byte);
    else if (charset == WINDOWS && byte >= 0x80 && byte < 0xa0)
        put_code(pen, windows[byte - 0x80]);
    else
        put_code(pen, charset == LATIN9 ? latin9(byte) : byte);
}

static int hex_digit(char c)
{
    return isdigit((unsigned char)c)  ? c - '0'
           : strchr("ABCDEF", c) && c ? c - 'A' + 10
           : strchr("abcdef", c) && c ? c - 'a' + 10
                                      : -1;
}

static void put_quoted(struct pen *pen, const char *at, const char *end,
                       enum charset charset)
{
    for (; at < end; at++) {
        if (*at == '=' && end - at > 2 && hex_digit(at[1]) >= 0 &&
            hex_digit(at[2]) >= 0) {
            put_byte(pen,
                     (unsigned char)(hex_digit(at[1]) << 4 | hex_digit(at[2])),
                     charset);
            at += 2;
        } else {
            put_byte(pen, *at == '_' ? ' ' : (unsigned char)*at, charset);
        }
    }
}

static void put_base64(struct pen *pen, const char *at, const char *end,
                       enum charset charset)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"
                                 "rstuvwxyz0123456789+/";
    unsigned bits = 0, count = 0;

    for (; at < end && *at != '='; at++) {
        const char *digit = *at ? strchr(digits, *at) : NULL;

        if (!digit)
            continue;
        bits = bits << 6 | (unsigned)(digit - digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            put_byte(pen, (unsigned char)(bits >> count & 0xff), charset);
        }
    }
}

/* "=?charset?Q?text?=" at `at`: decodes it and returns what is behind; null
 * where there is none that is understood. */
static const char *take_word(const char *at, const char *end, struct pen *pen)
{
    const char *parts[4]; /* the question marks */
    const char *from = at + 2;

    if (end - at < 6 || at[0] != '=' || at[1] != '?')
        return NULL;
    for (int i = 0; i < 3; i++) {
        parts[i] = memchr(from, '?', (size_t)(end - from));
        if (!parts[i] || memchr(from, ' ', (size_t)(parts[i] - from)))
            return NULL;
        from = parts[i] + 1;
    }
    enum charset charset = charset_of(at + 2, (size_t)(parts[0] - at - 2));

    if (from >= end || *from != '=' || charset == UNKNOWN ||
        parts[1] - parts[0] != 2)
        return NULL;
    if (strchr("Qq", parts[0][1]))
        put_quoted(pen, parts[1] + 1, parts[2], charset);
    else if (strchr("Bb", parts[0][1]))
        put_base64(pen, parts[1] + 1, parts[2], charset);
    else
        return NULL;
    return from + 1;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && *at && strchr(" \t\r\n", *at))
        at++;
    return at;
}

static bool is_word(const char *at, const char *end)
{
    struct pen none = {0};

    return take_word(at, end, &none) != NULL;
}

void header_text(const char *body, const char *end, char *value)
{
    struct pen pen = {value, value + HEADER_VALUE_MAX - 1};
    const char *at = skip_blanks(body, end);
    bool after_word = false;

    while (at < end && pen.at < pen.end) {
        const char *next = skip_blanks(at, end);

        /* blanks between two words do not count, nor at the end */
        if (next > at && next < end && !(after_word && is_word(next, end)))
            put(&pen, ' ');
        at = take_word(next, end, &pen);
        after_word = at != NULL;
        if (!after_word && next < end)
            put(&pen, *next++);
        if (!after_word)
            at = next;
    }
    *pen.at = '\0';
    text_sanitise(value);
}

bool header_address(const char **at, char *value)
{
    struct pen pen = {value, value + HEADER_VALUE_MAX - 1};
    bool quoted = false, angled = false;
    const char *from = *at;

    if (!*from)
        return false;
    for (; *from && (quoted || angled || *from != ','); from++) {
        if (*from == '"' && !angled) {
            quoted = !quoted;
        } else if (*from == '<' && !quoted) {
            angled = true;
            pen.at = value; /* what was before is a name */
        } else if (*from == '>' && angled) {
            break;
        } else if (!isspace((unsigned char)*from)) {
            put(&pen, *from);
        }
    }
    *pen.at = '\0';
    from += strcspn(from, ",");
    *at = *from ? from + 1 : from;
    return true;
}
