#include "credential/random.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BYTES 32

/* RFC 4648 §5, without "=". 32 bytes make 43 characters. */
static void encode(const unsigned char bytes[BYTES], char text[RANDOM_SIZE])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned held = 0, bits = 0;
    char *to = text;

    for (int i = 0; i < BYTES; i++) {
        held = held << 8 | bytes[i];
        for (bits += 8; bits >= 6; bits -= 6)
            *to++ = letters[held >> (bits - 6) & 63];
    }
    *to++ = letters[held << (6 - bits) & 63];
    *to = '\0';
}

void random_text(char text[RANDOM_SIZE])
{
    unsigned char bytes[BYTES];

    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        abort(); /* cannot be for so few bytes */
    encode(bytes, text);
    explicit_bzero(bytes, sizeof bytes);
}

void random_challenge(const char *text, char challenge[RANDOM_SIZE])
{
    unsigned char digest[BYTES];

    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, text, strlen(text), digest) < 0)
        abort();
    encode(digest, challenge);
}
