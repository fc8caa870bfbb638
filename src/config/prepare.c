/*
 * libconfig reads most texts well, and a few of them wrong without a word:
 *
 *  - An integer that does not fit is wrapped: 5000000000 becomes 705032704.
 *    Such a literal is replaced by a float, which no key takes, so that it is
 *    refused like any other number that is out of range.
 *  - "\x00" ends a string early.
 *  - A comment that is never closed swallows the rest of the file.
 *  - @include reads another file behind the back of all checks of file.c.
 *
 * To find these outside of strings and comments, and only there, this walks
 * over the text by the same tokens as libconfig does.
 */
#include "config/prepare.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"
#define NAME_START "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*"
#define NO_INTEGER "1e99" /* shorter than any integer that does not fit */

struct walk {
    struct reading *reading;
    struct place place; /* of at */
    char *at;
};

static bool is_at(const struct walk *walk, const char *token)
{
    return strncmp(walk->at, token, strlen(token)) == 0;
}

static void step(struct walk *walk)
{
    if (*walk->at == '\n')
        walk->place.line++;
    walk->at++;
}

static void skip_line(struct walk *walk)
{
    walk->at += strcspn(walk->at, "\n");
}

/* Stands at the opening mark, which is length characters long. */
static int skip_comment(struct walk *walk, size_t length)
{
    struct place begin = walk->place;

    walk->at += length;
    while (*walk->at) {
        if (is_at(walk, "*/")) {
            walk->at += 2;
            return 0;
        }
        step(walk);
    }
    reading_error(walk->reading, begin,
                  "the comment that begins here is never closed");
    return -1;
}

static int skip_string(struct walk *walk)
{
    struct place begin = walk->place;

    walk->at++;
    while (*walk->at) {
        if (*walk->at == '"') {
            walk->at++;
            return 0;
        }
        if (is_at(walk, "\\x00") || is_at(walk, "\\X00")) {
            reading_error(walk->reading, walk->place,
                          "there is a NUL byte in a string");
            memcpy(walk->at, "\\x20", 4);
        }
        if (is_at(walk, "\\\\") || is_at(walk, "\\\""))
            walk->at++;
        step(walk);
    }
    reading_error(walk->reading, begin,
                  "the string that begins here is never closed");
    return -1;
}

static void refuse_include(struct walk *walk)
{
    size_t length = strcspn(walk->at, "\n");

    reading_error(walk->reading, walk->place,
                  "@include is not supported: put accounts and endpoints "
                  "into files in accounts.d/ and endpoints.d/ instead");
    memset(walk->at, ' ', length);
    walk->at += length;
}

/* The end of an exponent such as e+12 at text, or text itself. */
static char *exponent_end(char *text)
{
    char *digits = text + 1;

    if (*text != 'e' && *text != 'E')
        return text;
    if (*digits == '+' || *digits == '-')
        digits++;
    size_t length = strspn(digits, DIGITS);

    return length > 0 ? digits + length : text;
}

static void skip_integer(struct walk *walk, char *end, int base)
{
    errno = 0;
    long long value = strtoll(walk->at, NULL, base);

    for (int i = 0; i < 2 && *end == 'L'; i++)
        end++;
    if (errno == ERANGE || value < INT32_MIN || value > INT32_MAX) {
        memset(walk->at, ' ', (size_t)(end - walk->at));
        memcpy(walk->at, NO_INTEGER, strlen(NO_INTEGER));
    }
    walk->at = end;
}

static void skip_number(struct walk *walk)
{
    char *at = walk->at;
    char *end = at + (*at == '+' || *at == '-');
    size_t digits = strspn(end, DIGITS);

    if (is_at(walk, "0x") || is_at(walk, "0X")) {
        size_t length = strspn(at + 2, HEX_DIGITS);

        if (length > 0) {
            skip_integer(walk, at + 2 + length, 16);
            return;
        }
    }
    end += digits;
    if (*end == '.')
        walk->at = exponent_end(end + 1 + strspn(end + 1, DIGITS));
    else if (digits > 0 && exponent_end(end) > end)
        walk->at = exponent_end(end);
    else if (digits > 0)
        skip_integer(walk, end, 10);
    else
        walk->at++; /* a sign and no number: libconfig will say so */
}

/* One token, or one character between tokens. */
static int skip_token(struct walk *walk)
{
    char c = *walk->at;

    if (c == '#' || is_at(walk, "//"))
        skip_line(walk);
    else if (is_at(walk, "/*"))
        return skip_comment(walk, 2);
    else if (c == '"')
        return skip_string(walk);
    else if (is_at(walk, "@include"))
        refuse_include(walk);
    else if (strchr(NAME_START, c)) /* digits in a name are no number */
        walk->at += strspn(walk->at, NAME_START DIGITS "-_");
    else if (strchr(DIGITS "+-.", c))
        skip_number(walk);
    else
        step(walk);
    return 0;
}

int prepare_text(struct reading *reading, const char *path, char *text)
{
    struct walk walk = {reading, {path, 1}, text};

    while (*walk.at) {
        if (skip_token(&walk) < 0)
            return -1;
    }
    return 0;
}
