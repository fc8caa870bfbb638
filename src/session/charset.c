#include "session/charset.h"

#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_LENGTH 31

#define NOT_OPEN ((iconv_t)(intptr_t)-1)

/* Names as mails have them (IANA's), and glibc's where they differ. */
static const struct {
    const char *name, *glibc;
} converted[] = {
    {"iso-8859-2", NULL},
    {"iso-8859-3", NULL},
    {"iso-8859-4", NULL},
    {"iso-8859-5", NULL},
    {"iso-8859-6", NULL},
    {"iso-8859-7", NULL},
    {"iso-8859-8", NULL},
    {"iso-8859-8-i", "iso-8859-8"},
    {"iso-8859-9", NULL},
    {"iso-8859-10", NULL},
    {"iso-8859-11", NULL},
    {"iso-8859-13", NULL},
    {"iso-8859-14", NULL},
    {"iso-8859-16", NULL},
    {"windows-1250", NULL},
    {"windows-1251", NULL},
    {"windows-1253", NULL},
    {"windows-1254", NULL},
    {"windows-1255", NULL},
    {"windows-1256", NULL},
    {"windows-1257", NULL},
    {"windows-1258", NULL},
    {"windows-874", NULL},
    {"tis-620", NULL},
    {"koi8-r", NULL},
    {"koi8-u", NULL},
    {"macintosh", NULL},
    {"gb2312", "gbk"},
    {"gbk", NULL},
    {"gb18030", NULL},
    {"big5", NULL},
    {"euc-kr", "cp949"},
    {"ks_c_5601-1987", "cp949"},
    {"euc-jp", NULL},
    {"shift_jis", "windows-31j"},
    {"iso-2022-jp", NULL},
};

enum own { UTF8, LATIN1, LATIN9, NOT_OWN };

static bool is(const char *known, const char *name, size_t length)
{
    return strlen(known) == length && strncasecmp(known, name, length) == 0;
}

/* windows-1252 is ISO 8859-1 and has characters where that has control
 * characters, which nobody means; the one is often sent as the other. */
static enum own own_of(const char *name, size_t length)
{
    static const struct {
        const char *name;
        enum own own;
    } known[] = {{"utf-8", UTF8},         {"utf8", UTF8},
                 {"us-ascii", UTF8},      {"ascii", UTF8},
                 {"iso-8859-1", LATIN1},  {"windows-1252", LATIN1},
                 {"cp1252", LATIN1},      {"latin1", LATIN1},
                 {"iso-8859-15", LATIN9}, {"latin-9", LATIN9}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (is(known[i].name, name, length))
            return known[i].own;
    }
    return NOT_OWN;
}

/* ---- others' ---- */

/* What glibc calls the set; null for one that it is not asked for. */
static const char *glibc_name(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof converted / sizeof *converted; i++) {
        if (is(converted[i].name, name, length))
            return converted[i].glibc ? converted[i].glibc : converted[i].name;
    }
    return NULL;
}

/* The converter: mails of one mailbox are mostly in one set, so the newest
 * stays open. NOT_OPEN where glibc's part for it is not installed. */
static iconv_t converter(const char *name, size_t length)
{
    static iconv_t open = NOT_OPEN;
    static const char *opened;
    const char *wanted = glibc_name(name, length);

    if (wanted != opened) {
        if (open != NOT_OPEN)
            iconv_close(open);
        open = wanted ? iconv_open("UTF-8", wanted) : NOT_OPEN;
        opened = wanted;
    }
    return open;
}

static void convert(iconv_t with, const struct buffer *bytes,
                    struct buffer *text)
{
    char *at = bytes->data, out[256];
    size_t left = bytes->length;

    iconv(with, NULL, NULL, NULL, NULL);
    while (left > 0) {
        char *end = out;
        size_t room = sizeof out;
        size_t result = iconv(with, &at, &left, &end, &room);

        buffer_add(text, out, (size_t)(end - out));
        if (result == (size_t)-1 && end == out) { /* no character, or cut */
            buffer_add(text, "?", 1);
            at++;
            left--;
        }
    }
}

/* ---- our own ---- */

static void add_code(struct buffer *text, unsigned code)
{
    char bytes[3];
    size_t length = 0;

    if (code < 0x80) {
        bytes[length++] = (char)code;
    } else if (code < 0x800) {
        bytes[length++] = (char)(0xc0 | code >> 6);
        bytes[length++] = (char)(0x80 | (code & 0x3f));
    } else {
        bytes[length++] = (char)(0xe0 | code >> 12);
        bytes[length++] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[length++] = (char)(0x80 | (code & 0x3f));
    }
    buffer_add(text, bytes, length);
}

static unsigned latin1(unsigned char byte)
{
    static const uint16_t windows[32] = {
        0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
        0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
        0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
        0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

    return byte >= 0x80 && byte < 0xa0 ? windows[byte - 0x80] : byte;
}

/* What ISO 8859-15 has in other places than ISO 8859-1. */
static unsigned latin9(unsigned char byte)
{
    static const struct {
        unsigned char byte;
        uint16_t code;
    } others[] = {{0xa4, 0x20ac}, {0xa6, 0x160}, {0xa8, 0x161}, {0xb4, 0x17d},
                  {0xb8, 0x17e},  {0xbc, 0x152}, {0xbd, 0x153}, {0xbe, 0x178}};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].byte == byte)
            return others[i].code;
    }
    return byte;
}

/* ---- both ---- */

bool charset_is_known(const char *name, size_t length)
{
    return length <= NAME_MAX_LENGTH && (own_of(name, length) != NOT_OWN ||
                                         converter(name, length) != NOT_OPEN);
}

void charset_convert(const char *name, size_t length,
                     const struct buffer *bytes, struct buffer *text)
{
    enum own own = own_of(name, length);

    if (own == UTF8)
        buffer_add(text, bytes->data, bytes->length);
    for (size_t i = 0; i < bytes->length && own != UTF8 && own != NOT_OWN;
         i++) {
        unsigned char byte = (unsigned char)bytes->data[i];

        add_code(text, own == LATIN1 ? latin1(byte) : latin9(byte));
    }
    if (own == NOT_OWN && converter(name, length) != NOT_OPEN)
        convert(converter(name, length), bytes, text);
}
