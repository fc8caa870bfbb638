/*
 * The sealed block in a mail to pair: bytes of anybody who knows the subject.
 *
 * Whatever comes, the finder goes forward, keeps to its maximum, and finds the
 * same again in what it found, written as the page writes it. Nothing opens,
 * for nobody knows the secret.
 */
#include "fuzz.h"

#include "base/invitation.h"
#include "courier/base64url.h"
#include "courier/block.h"
#include "courier/pairing.h"

#define FOUND_MAX 2000

static void write_again(const struct buffer *found)
{
    struct buffer text, again;
    char letters[BASE64URL_LENGTH(FOUND_MAX) + 2];
    const char *at;

    base64url_encode(found->data, found->length, letters);
    buffer_init(&text, sizeof letters + 100);
    buffer_init(&again, FOUND_MAX);
    must(buffer_printf(&text, BLOCK_BEGIN "\r\n%s\r\n" BLOCK_END, letters) ==
         0);
    at = text.data;
    must(block_next(&at, text.data + text.length, &again));
    must(again.length == found->length);
    must(memcmp(again.data, found->data, found->length) == 0);
    buffer_finish(&text);
    buffer_finish(&again);
}

static void find(const char *at, const char *end)
{
    struct buffer found;
    const char *before = at;

    buffer_init(&found, FOUND_MAX);
    while (block_next(&at, end, &found)) {
        must(at > before && at <= end);
        must(found.length > 0 && found.length <= FOUND_MAX);
        write_again(&found);
        before = at;
    }
    buffer_finish(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t secret[PAIRING_SECRET_SIZE];
    char *text = fuzz_text(data, size);
    struct buffer plain;

    find(text, text + size);
    buffer_init(&plain, size);
    block_decode(text, text + size, &plain);
    if (plain.length > 0)
        find(plain.data, plain.data + plain.length);
    buffer_finish(&plain);
    must(pairing_open(secret, "00c0ffee1234", text, size, &plain));
    must(plain.length == 0);
    invitation_tidy(text, size);
    must(strlen(text) == size);
    (void)invitation_find("00c0ffee1234 0123456789ab", text);
    free(text);
    return 0;
}
