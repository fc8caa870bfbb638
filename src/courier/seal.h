/*
 * Sealing a message for one phone: aes128gcm (RFC 8188) with the keys of a push
 * subscription (RFC 8291). The push service cannot read it.
 */
#ifndef IMAPPUSHD_COURIER_SEAL_H
#define IMAPPUSHD_COURIER_SEAL_H

#include "courier/curve.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_AUTH_SIZE 16
#define SEAL_SALT_SIZE 16
/* salt, record size, length of the key, the key; then a delimiter and a tag */
#define SEAL_HEAD_SIZE (SEAL_SALT_SIZE + 4 + 1 + CURVE_POINT_SIZE)
#define SEAL_MORE (SEAL_HEAD_SIZE + 1 + 16)
#define SEAL_TEXT_MAX 3993 /* so that all of it fits into 4096 bytes */

struct seal {
    uint8_t p256dh[CURVE_POINT_SIZE]; /* the phone's public key */
    uint8_t auth[SEAL_AUTH_SIZE];
    /* anew for each message */
    uint8_t secret[CURVE_SECRET_SIZE];
    uint8_t salt[SEAL_SALT_SIZE];
};

/* Draws what is to be new for each message; false where that cannot be. */
bool seal_renew(struct seal *seal);

/* Seals length (at most SEAL_TEXT_MAX) bytes of text into body, which has room
 * for SEAL_MORE more; false for keys that are no keys. */
bool seal_text(const struct seal *seal, const void *text, size_t length,
               uint8_t *body);

#endif
