/*
 * A phone's message to pair: its subscription, sealed with a secret that went
 * from the box to the phone by a QR code and never by mail.
 *
 * The seal is AES-128-GCM (NIST SP 800-38D), with a key of HKDF-SHA256 (RFC
 * 5869, no salt) from the secret and "imappushd pair 1 ID". Sealed are, one
 * after the other, 12 random bytes of IV, the text, and 16 bytes of tag; the ID
 * is the additional data. So nobody can say anything here who has not seen the
 * code, and nothing that was said to another pairing counts.
 */
#ifndef IMAPPUSHD_COURIER_PAIRING_H
#define IMAPPUSHD_COURIER_PAIRING_H

#include "base/buffer.h"

#include <stddef.h>
#include <stdint.h>

#define PAIRING_SECRET_SIZE 16

/* A subscription is shorter. */
#define PAIRING_SEALED_MAX 8192

/* Opens the first block of a mail's text that the secret fits, into plain.
 * Null, or why there is none, in words that follow "the message". */
const char *pairing_open(const uint8_t secret[PAIRING_SECRET_SIZE],
                         const char *id, const char *text, size_t length,
                         struct buffer *plain);

/*
 * The program that --pair runs: reads from standard input a line "SECRET ID"
 * (the secret in base64url) and the mail's text, and prints the subscription as
 * JSON. Of a text that can be opened the endpoint has to be https, at a public
 * address, unless scope is "any" (it is "public" else). Returns the exit
 * status: 0; or 65, with words like the above on standard error that give
 * nothing away.
 */
int pairing_print(const char *scope);

#endif
