/*
 * Points and numbers of the curve P-256 (secp256r1) as bytes: what nettle and
 * gmp need to be told, in one place.
 */
#ifndef IMAPPUSHD_COURIER_CURVE_H
#define IMAPPUSHD_COURIER_CURVE_H

#include <nettle/ecc.h>
#include <stdbool.h>
#include <stdint.h>

#define CURVE_SECRET_SIZE 32
#define CURVE_POINT_SIZE 65 /* uncompressed: 4, x, y (SEC 1 section 2.3.3) */

/* A secret number at random; false where the kernel has no randomness. */
bool curve_new_secret(uint8_t secret[CURVE_SECRET_SIZE]);

/* The point that belongs to a secret; false for a secret that cannot be. */
bool curve_public(const uint8_t secret[CURVE_SECRET_SIZE],
                  uint8_t point[CURVE_POINT_SIZE]);

/* Is it a point of the curve? */
bool curve_is_point(const uint8_t point[CURVE_POINT_SIZE]);

/* The x of point times secret: what both sides know then (ECDH). */
bool curve_agree(const uint8_t secret[CURVE_SECRET_SIZE],
                 const uint8_t point[CURVE_POINT_SIZE],
                 uint8_t shared[CURVE_SECRET_SIZE]);

/* Signs a SHA-256 digest: r and s, 32 bytes each (RFC 7518 section 3.4). The
 * same for the same digest (in the manner of RFC 6979). */
bool curve_sign(const uint8_t secret[CURVE_SECRET_SIZE],
                const uint8_t digest[32], uint8_t signature[64]);

#endif
