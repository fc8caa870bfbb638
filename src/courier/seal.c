#include "courier/seal.h"

#include <nettle/gcm.h>
#include <nettle/hmac.h>
#include <string.h>
#include <sys/random.h>

#define RECORD_SIZE 4096

/* HMAC-SHA256 with a key of size bytes, of one or two pieces of data. */
static void mac(const uint8_t *key, size_t size, const void *data,
                size_t length, const void *more, size_t more_length,
                uint8_t result[32])
{
    struct hmac_sha256_ctx context;

    hmac_sha256_set_key(&context, size, key);
    hmac_sha256_update(&context, length, data);
    hmac_sha256_update(&context, more_length, more);
    hmac_sha256_digest(&context, 32, result);
    explicit_bzero(&context, sizeof context);
}

/* HKDF-Expand (RFC 5869) of one block: info has its NUL, then comes a 1. */
static void expand(const uint8_t key[32], const char *info, size_t length,
                   uint8_t result[32])
{
    mac(key, 32, info, length, "\1", 1, result);
}

/* RFC 8291 section 3.4: the input keying material. */
static bool derive(const struct seal *seal, const uint8_t *ours,
                   uint8_t material[32])
{
    uint8_t shared[32], key[32];
    char info[14 + 2 * CURVE_POINT_SIZE];

    if (!curve_agree(seal->secret, seal->p256dh, shared))
        return false;
    mac(seal->auth, sizeof seal->auth, shared, sizeof shared, "", 0, key);
    memcpy(info, "WebPush: info", 14);
    memcpy(info + 14, seal->p256dh, CURVE_POINT_SIZE);
    memcpy(info + 14 + CURVE_POINT_SIZE, ours, CURVE_POINT_SIZE);
    expand(key, info, sizeof info, material);
    explicit_bzero(shared, sizeof shared);
    explicit_bzero(key, sizeof key);
    return true;
}

bool seal_renew(struct seal *seal)
{
    return curve_new_secret(seal->secret) &&
           getrandom(seal->salt, SEAL_SALT_SIZE, 0) == SEAL_SALT_SIZE;
}

/* RFC 8188 section 2.1. */
static uint8_t *put_head(const struct seal *seal, const uint8_t *ours,
                         uint8_t *at)
{
    const uint8_t sizes[] = {0, 0, RECORD_SIZE >> 8, RECORD_SIZE & 0xff,
                             CURVE_POINT_SIZE};

    memcpy(at, seal->salt, SEAL_SALT_SIZE);
    memcpy(at + SEAL_SALT_SIZE, sizes, sizeof sizes);
    memcpy(at + SEAL_SALT_SIZE + sizeof sizes, ours, CURVE_POINT_SIZE);
    return at + SEAL_HEAD_SIZE;
}

bool seal_text(const struct seal *seal, const void *text, size_t length,
               uint8_t *body)
{
    static const char key_info[] = "Content-Encoding: aes128gcm";
    static const char nonce_info[] = "Content-Encoding: nonce";
    uint8_t ours[CURVE_POINT_SIZE], material[32], root[32], key[32], nonce[32];
    struct gcm_aes128_ctx context;

    if (length > SEAL_TEXT_MAX || !curve_public(seal->secret, ours) ||
        !derive(seal, ours, material))
        return false;
    mac(seal->salt, SEAL_SALT_SIZE, material, sizeof material, "", 0, root);
    expand(root, key_info, sizeof key_info, key);
    expand(root, nonce_info, sizeof nonce_info, nonce);
    uint8_t *at = put_head(seal, ours, body);

    memcpy(at, text, length);
    at[length++] = 2; /* the last record */
    gcm_aes128_set_key(&context, key);
    gcm_aes128_set_iv(&context, GCM_IV_SIZE, nonce);
    gcm_aes128_encrypt(&context, length, at, at);
    gcm_aes128_digest(&context, GCM_DIGEST_SIZE, at + length);
    explicit_bzero(&context, sizeof context);
    explicit_bzero(material, sizeof material);
    explicit_bzero(root, sizeof root);
    explicit_bzero(key, sizeof key);
    return true;
}
