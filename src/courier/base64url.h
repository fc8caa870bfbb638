/*
 * base64url without padding (RFC 4648 section 5), as Web Push writes its keys.
 */
#ifndef IMAPPUSHD_COURIER_BASE64URL_H
#define IMAPPUSHD_COURIER_BASE64URL_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASE64URL_LENGTH(size) (((size)*8 + 5) / 6)

/* Writes BASE64URL_LENGTH(size) characters and a NUL. */
void base64url_encode(const void *data, size_t size, char *text);

/* Reads exactly size bytes; false for anything else. Padding is passed over. */
bool base64url_decode(const char *text, void *data, size_t size);

/* Of plain base64 (section 4): adds what the text says up to its first letter
 * that is none, as far as the buffer's maximum allows it. */
void base64_add_decoded(const char *text, struct buffer *data);

#endif
