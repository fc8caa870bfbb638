#include "cli/invitation_code.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* RFC 4648 section 5: 16 bytes. */
static void write_base64url(const uint8_t bytes[16], char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                  "qrstuvwxyz0123456789-_";
    unsigned bits = 0, left = 0;

    for (size_t i = 0; i < 16; i++) {
        bits = (bits << 8 | bytes[i]) & 0xffff;
        for (left += 8; left >= 6; left -= 6)
            *text++ = letters[bits >> (left - 6) & 63];
    }
    *text++ = letters[bits << (6 - left) & 63];
    *text = '\0';
}

int invitation_code_draw(struct invitation_code *code)
{
    uint8_t bytes[16], id[INVITATION_ID_LENGTH / 2];

    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes ||
        getrandom(id, sizeof id, 0) != sizeof id)
        return -1;
    write_base64url(bytes, code->secret);
    for (size_t i = 0; i < sizeof id; i++)
        snprintf(code->id + 2 * i, 3, "%02x", id[i]);
    explicit_bzero(bytes, sizeof bytes);
    return 0;
}

/* RFC 3986 section 2.1. */
static void add_encoded(struct buffer *link, const char *name, const char *text)
{
    buffer_printf(link, "&%s=", name);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (isalnum(byte) || strchr("-._~@", byte))
            buffer_add(link, text, 1);
        else
            buffer_printf(link, "%%%02X", byte);
    }
}

void invitation_code_link(const struct invitation_code *code, const char *page,
                          const char *key, const struct account *account,
                          const char *name, struct buffer *link)
{
    buffer_printf(link, "%s#key=%s", page, key);
    if (strchr(account->user, '@'))
        add_encoded(link, "account", account->user);
    add_encoded(link, "secret", code->secret);
    add_encoded(link, "id", code->id);
    add_encoded(link, "name", name);
}
