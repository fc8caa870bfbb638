/*
 * The sealed block in a mail that a phone sent to pair: base64url between two
 * markers.
 *
 * What lies between phone and box writes mail anew: lines are wrapped, quoted
 * (">"), made quoted-printable, base64 or HTML, and get signatures. So it is
 * looked for without any knowledge of MIME, and letters are taken wherever they
 * stand between the markers; whether they are the right ones shows when the
 * seal is opened. Pure, bounded by the length of the text.
 */
#ifndef IMAPPUSHD_COURIER_BLOCK_H
#define IMAPPUSHD_COURIER_BLOCK_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

#define BLOCK_BEGIN "[imappushd-pair]"
#define BLOCK_END "[imappushd-end]"

/* Takes the next block from *at on, which is behind it then: its bytes,
 * decoded, take the place of those in found; as many as its maximum has room
 * for, for a longer one is none. False at the end. */
bool block_next(const char **at, const char *end, struct buffer *found);

/* A text with those paragraphs decoded that look like base64 (RFC 2045 section
 * 6.8), added to plain; the rest of it is left out. */
void block_decode(const char *at, const char *end, struct buffer *plain);

#endif
