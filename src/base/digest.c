/*
 * SHA-256 as GnuTLS does it: the library is there anyway.
 */
#include "base/digest.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>

#define DIGEST_SIZE 32

/* SHA-256 is never missing, not even in FIPS mode: if it is, GnuTLS is broken
 * and nothing else can be trusted. */
void digest_hex(const void *data, size_t length, char *hex, size_t digits)
{
    static const char figures[] = "0123456789abcdef";
    unsigned char digest[DIGEST_SIZE];
    size_t i;

    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, data, length, digest) < 0)
        abort();
    for (i = 0; i < digits && i < sizeof digest * 2; i++)
        hex[i] = figures[i % 2 ? digest[i / 2] & 0xf : digest[i / 2] >> 4];
    hex[i] = '\0';
}
