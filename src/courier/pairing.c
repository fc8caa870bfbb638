#include "courier/pairing.h"

#include "base/sandbox.h"
#include "base/text.h"
#include "courier/base64url.h"
#include "courier/block.h"
#include "courier/reach.h"
#include "courier/subscription.h"

#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define ABOUT "imappushd pair 1 "
#define ID_MAX 64

/* The secret, the ID, and a text that the daemon has bounded. */
#define INPUT_MAX 131072

/* ---- the seal ---- */

static void derive(const uint8_t secret[PAIRING_SECRET_SIZE], const char *id,
                   uint8_t key[AES128_KEY_SIZE])
{
    static const uint8_t no_salt[SHA256_DIGEST_SIZE];
    uint8_t root[SHA256_DIGEST_SIZE];
    char info[sizeof ABOUT + ID_MAX];
    struct hmac_sha256_ctx context;
    int length = snprintf(info, sizeof info, ABOUT "%s", id);

    hmac_sha256_set_key(&context, sizeof no_salt, no_salt);
    hkdf_extract(&context, (nettle_hash_update_func *)hmac_sha256_update,
                 (nettle_hash_digest_func *)hmac_sha256_digest, sizeof root,
                 PAIRING_SECRET_SIZE, secret, root);
    hmac_sha256_set_key(&context, sizeof root, root);
    hkdf_expand(&context, (nettle_hash_update_func *)hmac_sha256_update,
                (nettle_hash_digest_func *)hmac_sha256_digest, sizeof root,
                (size_t)length, (const uint8_t *)info, AES128_KEY_SIZE, key);
    explicit_bzero(&context, sizeof context);
    explicit_bzero(root, sizeof root);
}

/* The same time whatever the tag. */
static bool is_same(const uint8_t *a, const uint8_t *b)
{
    uint8_t difference = 0;

    for (size_t i = 0; i < GCM_DIGEST_SIZE; i++)
        difference |= a[i] ^ b[i];
    return difference == 0;
}

static bool open_seal(const uint8_t key[AES128_KEY_SIZE], const char *id,
                      const struct buffer *sealed, struct buffer *plain)
{
    const uint8_t *bytes = (const uint8_t *)sealed->data;
    struct gcm_aes128_ctx context;
    uint8_t tag[GCM_DIGEST_SIZE];

    if (sealed->length <= GCM_IV_SIZE + GCM_DIGEST_SIZE)
        return false;
    size_t length = sealed->length - GCM_IV_SIZE - GCM_DIGEST_SIZE;
    char *room = buffer_room(plain, length);

    if (!room)
        return false;
    gcm_aes128_set_key(&context, key);
    gcm_aes128_set_iv(&context, GCM_IV_SIZE, bytes);
    gcm_aes128_update(&context, strlen(id), (const uint8_t *)id);
    gcm_aes128_decrypt(&context, length, (uint8_t *)room, bytes + GCM_IV_SIZE);
    gcm_aes128_digest(&context, sizeof tag, tag);
    explicit_bzero(&context, sizeof context);
    if (!is_same(tag, bytes + GCM_IV_SIZE + length)) {
        buffer_finish(plain);
        return false;
    }
    plain->length = length;
    plain->data[length] = '\0';
    return true;
}

/* ---- the message ---- */

/* Tries every block; false if none fits. any: there was one. */
static bool try_blocks(const uint8_t key[AES128_KEY_SIZE], const char *id,
                       const char *at, const char *end, struct buffer *plain,
                       bool *any)
{
    struct buffer sealed;
    bool opened = false;

    buffer_init(&sealed, PAIRING_SEALED_MAX);
    while (!opened && block_next(&at, end, &sealed)) {
        *any = true;
        opened = open_seal(key, id, &sealed, plain);
    }
    buffer_finish(&sealed);
    return opened;
}

const char *pairing_open(const uint8_t secret[PAIRING_SECRET_SIZE],
                         const char *id, const char *text, size_t length,
                         struct buffer *plain)
{
    uint8_t key[AES128_KEY_SIZE];
    struct buffer decoded;
    bool any = false;

    if (strlen(id) > ID_MAX)
        return "has an ID that is none";
    derive(secret, id, key);
    buffer_init(&decoded, length);
    bool opened = try_blocks(key, id, text, text + length, plain, &any);

    if (!opened) {
        block_decode(text, text + length, &decoded);
        opened = decoded.length > 0 &&
                 try_blocks(key, id, decoded.data,
                            decoded.data + decoded.length, plain, &any);
    }
    buffer_finish(&decoded);
    explicit_bzero(key, sizeof key);
    if (opened && memchr(plain->data, '\0', plain->length))
        return "holds no subscription";
    if (opened)
        return NULL;
    return any ? "was not sealed with the secret of this code, or came damaged"
               : "has no whole block in it";
}

/* ---- the program ---- */

static bool read_input(struct buffer *input)
{
    char *room;
    ssize_t got;

    while ((room = buffer_room(input, 4096)) != NULL) {
        got = read(STDIN_FILENO, room, 4096);
        if (got <= 0)
            return got == 0 && input->length > 0;
        input->length += (size_t)got;
        input->data[input->length] = '\0';
    }
    return false;
}

/* Takes the first line apart; the text behind it, or null. */
static char *take_line(char *line, uint8_t secret[PAIRING_SECRET_SIZE],
                       char **id)
{
    char *end = strchr(line, '\n');

    if (!end)
        return NULL;
    *end = '\0';
    *id = strchr(line, ' ');
    if (!*id)
        return NULL;
    *(*id)++ = '\0';
    return base64url_decode(line, secret, PAIRING_SECRET_SIZE) ? end + 1 : NULL;
}

static const char *print(struct buffer *input, bool any_address)
{
    uint8_t secret[PAIRING_SECRET_SIZE];
    struct buffer plain;
    char *id, *text = take_line(input->data, secret, &id);
    char *url = NULL, *json = NULL;
    const char *wrong = "was given in another way than it should";

    buffer_init(&plain, PAIRING_SEALED_MAX);
    if (text)
        wrong = pairing_open(secret, id, text, strlen(text), &plain);
    if (!wrong)
        wrong = subscription_take_text(plain.data, &url, &json);
    if (!wrong && !any_address)
        wrong = reach_check(url);
    if (!wrong)
        puts(json);
    explicit_bzero(secret, sizeof secret);
    free(url);
    free(json);
    buffer_finish(&plain);
    return wrong;
}

int pairing_print(const char *scope)
{
    /* names are looked up, perhaps by a service that listens on a socket */
    const struct sandbox sandbox = {.read_all = true, .unix_sockets = true};
    struct buffer input;

    buffer_init(&input, INPUT_MAX);
    if (!read_input(&input)) {
        buffer_finish(&input);
        fputs("did not come whole\n", stderr);
        return EX_DATAERR;
    }
    sandbox_stranger(&sandbox);
    const char *wrong = print(&input, strcmp(scope, "any") == 0);

    buffer_finish(&input);
    if (wrong)
        fprintf(stderr, "%s\n", wrong);
    return wrong ? EX_DATAERR : EXIT_SUCCESS;
}
