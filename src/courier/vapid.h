/*
 * Who we are to push services: VAPID (RFC 8292). One key for the box, for ever:
 * subscriptions are made for it.
 */
#ifndef IMAPPUSHD_COURIER_VAPID_H
#define IMAPPUSHD_COURIER_VAPID_H

#include "courier/base64url.h"
#include "courier/curve.h"

#include <stdbool.h>
#include <stdint.h>

struct vapid {
    uint8_t secret[CURVE_SECRET_SIZE];
    char public[BASE64URL_LENGTH(CURVE_POINT_SIZE) + 1];
};

/* Reads the key in a file, or makes it there (0600) where there is none. Null,
 * or what is wrong, with errno where it is the system's. */
const char *vapid_open(struct vapid *vapid, const char *path);

/* The value of an Authorization header for an origin ("https://host[:port]");
 * free() it. It is the same for hours, because some services do not like to see
 * a new one often, and a courier does not live for long: the clock counts by
 * quarters of a day, and the signature follows from what is signed. It is good
 * for 12 to 18 hours from now_s (seconds since 1970). Null: no memory. */
char *vapid_token(const struct vapid *vapid, const char *origin,
                  const char *subject, int64_t now_s);

#endif
