/*
 * A name for something that must not be shown: the first digits of its
 * SHA-256 (FIPS 180-4).
 */
#ifndef IMAPPUSHD_BASE_DIGEST_H
#define IMAPPUSHD_BASE_DIGEST_H

#include <stddef.h>

/* Writes the first digits (at most 64) hexadecimal digits of the SHA-256 of
 * length bytes at data, in lower case, and a NUL: hex has room for digits + 1
 * characters. */
void digest_hex(const void *data, size_t length, char *hex, size_t digits);

#endif
