#include "courier/base64url.h"

#include "base/alloc.h"

#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

void base64url_encode(const void *data, size_t size, char *text)
{
    struct base64_encode_ctx context;

    base64url_encode_init(&context);
    size_t length = base64_encode_update(&context, text, size, data);

    length += base64_encode_final(&context, text + length);
    while (length > 0 && text[length - 1] == '=')
        length--;
    text[length] = '\0';
}

bool base64url_decode(const char *text, void *data, size_t size)
{
    struct base64_decode_ctx context;
    size_t length = strcspn(text, "="), got = BASE64_DECODE_LENGTH(length);

    if (length != BASE64URL_LENGTH(size) ||
        text[length + strspn(text + length, "=")] != '\0')
        return false;
    uint8_t *bytes = xcalloc(1, got);

    base64url_decode_init(&context);
    bool good = base64_decode_update(&context, &got, bytes, length, text) &&
                got == size;

    if (good)
        memcpy(data, bytes, size);
    explicit_bzero(bytes, BASE64_DECODE_LENGTH(length));
    free(bytes);
    return good;
}

void base64_add_decoded(const char *text, struct buffer *data)
{
    struct base64_decode_ctx context;
    uint8_t bytes[2];

    base64_decode_init(&context);
    for (; *text; text++) {
        int got = base64_decode_single(&context, bytes, *text);

        if (got < 0 || buffer_add(data, bytes, (size_t)got) < 0)
            return;
    }
}
