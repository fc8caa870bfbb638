/*
 * The courier's part of Web Push for judges that are not ours: other libraries
 * open what it seals, and verify what it signs. Not a test by itself.
 *
 *   webpush_lines seal        reads lines "P256DH AUTH TEXT", writes bodies
 *   webpush_lines sign FILE   reads lines "ORIGIN SUBJECT SECONDS", writes
 *                             tokens; FILE holds the key, and is made
 *
 * Keys are base64url; texts and bodies are hexadecimal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "courier/base64url.h"
#include "courier/seal.h"
#include "courier/vapid.h"

#define LINE_SIZE 16384

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t count = 0;

    for (unsigned byte; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        bytes[count++] = (uint8_t)byte;
    return count;
}

static bool seal_line(const char *p256dh, const char *auth, const char *hex)
{
    static uint8_t text[LINE_SIZE], body[LINE_SIZE + SEAL_MORE];
    size_t length = from_hex(hex, text);
    struct seal seal;

    if (!base64url_decode(p256dh, seal.p256dh, sizeof seal.p256dh) ||
        !base64url_decode(auth, seal.auth, sizeof seal.auth) ||
        !seal_renew(&seal) || !seal_text(&seal, text, length, body))
        return false;
    for (size_t i = 0; i < length + SEAL_MORE; i++)
        printf("%02x", body[i]);
    putchar('\n');
    return true;
}

static bool sign_line(const struct vapid *vapid, const char *origin,
                      const char *subject, const char *seconds)
{
    char *token =
        vapid_token(vapid, origin, subject, strtoimax(seconds, NULL, 10));

    if (!token)
        return false;
    puts(token);
    free(token);
    return true;
}

int main(int argc, char **argv)
{
    static char line[LINE_SIZE];
    struct vapid vapid;
    bool good = argc > 1, sign = argc > 2 && strcmp(argv[1], "sign") == 0;

    if (sign && vapid_open(&vapid, argv[2]))
        return EXIT_FAILURE;
    while (good && fgets(line, sizeof line, stdin)) {
        char *rest = NULL, *one = strtok_r(line, " \n", &rest);
        char *two = strtok_r(NULL, " \n", &rest);
        char *three = strtok_r(NULL, " \n", &rest); /* a text may be empty */

        good = one && two &&
               (sign ? sign_line(&vapid, one, two, three ? three : "")
                     : seal_line(one, two, three ? three : ""));
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
