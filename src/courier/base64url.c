#include "courier/base64url.h"

#include <nettle/base64.h>
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
    uint8_t bytes[256];
    struct base64_decode_ctx context;
    size_t length = strcspn(text, "="), got = sizeof bytes;

    if (length > BASE64_ENCODE_LENGTH(sizeof bytes) - 4 ||
        length != BASE64URL_LENGTH(size) ||
        text[length + strspn(text + length, "=")] != '\0')
        return false;
    base64url_decode_init(&context);
    if (!base64_decode_update(&context, &got, bytes, length, text) ||
        got != size)
        return false;
    memcpy(data, bytes, size);
    explicit_bzero(bytes, sizeof bytes);
    return true;
}
