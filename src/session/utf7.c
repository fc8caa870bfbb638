#include "session/utf7.h"

#include "base/buffer.h"
#include "base/mailbox.h"
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* The code point at *at of valid UTF-8, moving past it. */
static uint32_t take_utf8(const unsigned char **at)
{
    static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const unsigned char *byte = *at;
    int size = *byte < 0x80 ? 1 : *byte < 0xe0 ? 2 : *byte < 0xf0 ? 3 : 4;
    uint32_t point = *byte & first[size];

    for (int i = 1; i < size; i++)
        point = point << 6 | (byte[i] & 0x3f);
    *at += size;
    return point;
}

/* A run of base64 being written, 6 bits at a time. */
struct run {
    struct buffer *out;
    uint32_t bits;
    int count;
};

static void run_put(struct run *run, uint32_t unit)
{
    run->bits = run->bits << 16 | unit;
    run->count += 16;
    while (run->count >= 6) {
        run->count -= 6;
        buffer_add(run->out, &alphabet[run->bits >> run->count & 0x3f], 1);
    }
    run->bits &= (1U << run->count) - 1;
}

static void run_end(struct run *run)
{
    if (run->count > 0)
        buffer_add(run->out, &alphabet[run->bits << (6 - run->count) & 0x3f],
                   1);
    buffer_add(run->out, "-", 1);
    run->bits = 0;
    run->count = 0;
}

static void put_encoded(struct buffer *out, const unsigned char **at)
{
    struct run run = {.out = out};

    buffer_add(out, "&", 1);
    while (**at >= 0x80) {
        uint32_t point = take_utf8(at);

        if (point >= 0x10000) {
            point -= 0x10000;
            run_put(&run, 0xd800 | point >> 10);
            run_put(&run, 0xdc00 | (point & 0x3ff));
        } else {
            run_put(&run, point);
        }
    }
    run_end(&run);
}

char *utf7_quoted(const char *name)
{
    const unsigned char *at = (const unsigned char *)name;
    struct buffer out;

    buffer_init(&out, 8 * MAILBOX_NAME_MAX);
    buffer_add(&out, "\"", 1);
    while (*at) {
        if (*at >= 0x80) {
            put_encoded(&out, &at);
            continue;
        }
        if (*at == '"' || *at == '\\')
            buffer_add(&out, "\\", 1);
        buffer_add(&out, at, 1);
        if (*at == '&')
            buffer_add(&out, "-", 1);
        at++;
    }
    buffer_add(&out, "\"", 1);
    return out.data;
}

static void put_utf8(struct buffer *out, uint32_t point)
{
    char bytes[4];
    size_t size = point < 0x80      ? 1
                  : point < 0x800   ? 2
                  : point < 0x10000 ? 3
                                    : 4;
    static const unsigned char head[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = size; i-- > 1; point >>= 6)
        bytes[i] = (char)(0x80 | (point & 0x3f));
    bytes[0] = (char)(head[size] | point);
    buffer_add(out, bytes, size);
}

/* One run "&...-", *at behind the "&"; false: no valid modified UTF-7. */
static bool take_run(struct buffer *out, const char **at)
{
    uint32_t bits = 0, high = 0;
    int count = 0;

    if (**at == '-') {
        buffer_add(out, "&", 1);
        (*at)++;
        return true;
    }
    for (; **at && **at != '-'; (*at)++) {
        const char *digit = strchr(alphabet, **at);

        if (!digit)
            return false;
        bits = bits << 6 | (uint32_t)(digit - alphabet);
        count += 6;
        if (count < 16)
            continue;
        count -= 16;
        uint32_t unit = bits >> count & 0xffff;

        bits &= (1U << count) - 1;
        if (high) {
            if ((unit & 0xfc00) != 0xdc00)
                return false;
            put_utf8(out, 0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff));
            high = 0;
        } else if ((unit & 0xfc00) == 0xd800) {
            high = unit;
        } else if ((unit & 0xfc00) == 0xdc00 || unit <= 0x7e) {
            return false;
        } else {
            put_utf8(out, unit);
        }
    }
    if (**at != '-' || high || count >= 6 || bits != 0)
        return false;
    (*at)++;
    return true;
}

/* Forms that the RFC does not permit, such as base64 for what is ASCII or two
 * runs in a row, are no other spelling of a name: they are no modified UTF-7.
 */
static bool decode(const char *wire, struct buffer *out)
{
    bool after_run = false;

    while (*wire) {
        if ((unsigned char)*wire >= 0x80)
            return false;
        if (*wire != '&') {
            buffer_add(out, wire++, 1);
            after_run = false;
            continue;
        }
        bool is_run = *++wire != '-';

        if ((is_run && after_run) || !take_run(out, &wire))
            return false;
        after_run = is_run;
    }
    return true;
}

bool utf7_decode(const char *wire, char *name, size_t size)
{
    struct buffer out;
    bool fits;

    buffer_init(&out, 4 * MAILBOX_NAME_MAX);
    const char *found = decode(wire, &out) && out.data ? out.data : wire;

    if (strcasecmp(found, "INBOX") == 0)
        found = "INBOX";
    size_t length = strlen(found);

    fits = length > 0 && length < size && length <= MAILBOX_NAME_MAX &&
           text_is_utf8(found, length) && !text_has_control(found, length);
    if (fits)
        memcpy(name, found, length + 1);
    buffer_finish(&out);
    return fits;
}
