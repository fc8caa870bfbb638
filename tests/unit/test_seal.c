/*
 * Web Push: sealing (RFC 8291, with its own example), tokens (RFC 8292),
 * base64url.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <gmp.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/gcm.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>

#include "chance.h"
#include "scratch.h"

#include "courier/base64url.h"
#include "courier/seal.h"
#include "courier/vapid.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void base64url(void **state)
{
    /* RFC 4648 section 10, without padding; and the two other characters */
    static const struct {
        const char *plain, *text;
    } cases[] = {{"f", "Zg"},          {"fo", "Zm8"},
                 {"foo", "Zm9v"},      {"foob", "Zm9vYg"},
                 {"fooba", "Zm9vYmE"}, {"\xff\xef\xbe", "_---"}};
    char text[16], plain[8];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t size = strlen(cases[i].plain);

        base64url_encode(cases[i].plain, size, text);
        assert_string_equal(text, cases[i].text);
        assert_true(base64url_decode(cases[i].text, plain, size));
        assert_memory_equal(plain, cases[i].plain, size);
        assert_false(base64url_decode(cases[i].text, plain, size + 1));
        assert_false(base64url_decode(cases[i].text, plain, size - 1));
    }
    assert_true(base64url_decode("Zg==", plain, 1));
    assert_false(base64url_decode("Zg=x", plain, 1));
    assert_false(base64url_decode("Z+", plain, 1));
    assert_false(base64url_decode("", plain, 1));
    assert_false(base64url_decode("Z!", plain, 1));
}

/* RFC 8291 section 5. */
static void example_of_the_rfc(void **state)
{
    static const char text[] = "When I grow up, I want to be a watermelon";
    struct seal seal;
    uint8_t body[sizeof text + SEAL_MORE], expected[144];

    (void)state;
    assert_true(base64url_decode("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx"
                                 "aOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                                 seal.p256dh, sizeof seal.p256dh));
    assert_true(base64url_decode("BTBZMqHH6r4Tts7J_aSIgg", seal.auth,
                                 sizeof seal.auth));
    assert_true(base64url_decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
                                 seal.secret, sizeof seal.secret));
    assert_true(base64url_decode("DGv6ra1nlYgDCS1FRnbzlw", seal.salt,
                                 sizeof seal.salt));
    assert_true(base64url_decode(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
        expected, sizeof expected));
    assert_true(seal_text(&seal, text, strlen(text), body));
    assert_int_equal(strlen(text) + SEAL_MORE, sizeof expected);
    assert_memory_equal(body, expected, sizeof expected);
}

/* The phone's part of RFC 8291 and 8188, written for this test. */
static size_t open_sealed(const uint8_t *body, size_t size,
                          const uint8_t *secret, const struct seal *seal,
                          uint8_t *text)
{
    uint8_t shared[32], keys[4][32], info[14 + 130];
    const void *data[] = {shared, info, NULL, NULL};
    struct hmac_sha256_ctx mac;
    struct gcm_aes128_ctx gcm;
    size_t length = size - SEAL_HEAD_SIZE - 16;

    (void)data;
    assert_true(curve_agree(secret, body + 21, shared));
    hmac_sha256_set_key(&mac, 16, seal->auth);
    hmac_sha256_update(&mac, 32, shared);
    hmac_sha256_digest(&mac, 32, keys[0]);
    memcpy(info, "WebPush: info", 14);
    memcpy(info + 14, seal->p256dh, 65);
    memcpy(info + 79, body + 21, 65);
    hmac_sha256_set_key(&mac, 32, keys[0]);
    hmac_sha256_update(&mac, sizeof info, info);
    hmac_sha256_update(&mac, 1, (const uint8_t *)"\1");
    hmac_sha256_digest(&mac, 32, keys[1]);
    hmac_sha256_set_key(&mac, 16, body);
    hmac_sha256_update(&mac, 32, keys[1]);
    hmac_sha256_digest(&mac, 32, keys[0]);
    hmac_sha256_set_key(&mac, 32, keys[0]);
    hmac_sha256_update(&mac, 29,
                       (const uint8_t *)"Content-Encoding: aes128gcm\0\1");
    hmac_sha256_digest(&mac, 32, keys[2]);
    hmac_sha256_update(&mac, 25,
                       (const uint8_t *)"Content-Encoding: nonce\0\1");
    hmac_sha256_digest(&mac, 32, keys[3]);
    gcm_aes128_set_key(&gcm, keys[2]);
    gcm_aes128_set_iv(&gcm, 12, keys[3]);
    gcm_aes128_decrypt(&gcm, length, text, body + SEAL_HEAD_SIZE);
    gcm_aes128_digest(&gcm, 16, keys[0]);
    assert_memory_equal(keys[0], body + size - 16, 16);
    assert_int_equal(text[length - 1], 2);
    return length - 1;
}

/* Keys that happen to be short would show in one of 256. */
static void random_round_trips(void **state)
{
    struct chance chance = chance_begin();
    static uint8_t text[SEAL_TEXT_MAX], body[SEAL_TEXT_MAX + SEAL_MORE],
        opened[SEAL_TEXT_MAX + 1];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        size_t length = chance_below(&chance, i % 50 ? 200 : SEAL_TEXT_MAX);
        uint8_t phone[CURVE_SECRET_SIZE];
        struct seal seal;

        chance_fill(&chance, text, length);
        chance_fill(&chance, seal.auth, sizeof seal.auth);
        assert_true(curve_new_secret(phone));
        assert_true(curve_public(phone, seal.p256dh));
        assert_true(seal_renew(&seal));
        assert_true(seal_text(&seal, text, length, body));
        assert_int_equal(
            open_sealed(body, length + SEAL_MORE, phone, &seal, opened),
            length);
        assert_memory_equal(opened, text, length);
    }
}

static void keys_that_are_none(void **state)
{
    struct seal seal = {.p256dh = {4, 1, 2, 3}};
    uint8_t body[SEAL_MORE + 1], secret[CURVE_SECRET_SIZE] = {0};
    uint8_t point[CURVE_POINT_SIZE];

    (void)state;
    assert_true(seal_renew(&seal));
    assert_false(seal_text(&seal, "x", 1, body)); /* not on the curve */
    assert_false(curve_is_point(seal.p256dh));
    assert_false(curve_public(secret, point)); /* zero */
    memset(secret, 0xff, sizeof secret);       /* above the curve's order */
    assert_false(curve_public(secret, point));
}

/* ---- tokens ---- */

static bool is_signed(const struct vapid *vapid, const char *token)
{
    char text[1024], *dot, *end;
    uint8_t point[65], signature[64], digest[32];
    struct dsa_signature pair;
    struct ecc_point public;
    struct sha256_ctx hash;
    mpz_t x, y;

    snprintf(text, sizeof text, "%s", token + strlen("vapid t="));
    end = strstr(text, ", k=");
    assert_non_null(end);
    *end = '\0';
    assert_string_equal(end + 4, vapid->public);
    dot = strrchr(text, '.');
    assert_true(base64url_decode(dot + 1, signature, 64));
    assert_true(base64url_decode(vapid->public, point, 65));
    sha256_init(&hash);
    sha256_update(&hash, (size_t)(dot - text), (const uint8_t *)text);
    sha256_digest(&hash, 32, digest);
    mpz_inits(x, y, NULL);
    mpz_import(x, 32, 1, 1, 1, 0, point + 1);
    mpz_import(y, 32, 1, 1, 1, 0, point + 33);
    ecc_point_init(&public, nettle_get_secp_256r1());
    assert_int_equal(ecc_point_set(&public, x, y), 1);
    dsa_signature_init(&pair);
    mpz_import(pair.r, 32, 1, 1, 1, 0, signature);
    mpz_import(pair.s, 32, 1, 1, 1, 0, signature + 32);
    bool good = ecdsa_verify(&public, 32, digest, &pair) == 1;

    dsa_signature_clear(&pair);
    ecc_point_clear(&public);
    mpz_clears(x, y, NULL);
    return good;
}

static void token_says_who_we_are(void **state)
{
    static const int64_t quarter = 1800000000 / 21600 * 21600;
    struct vapid vapid, again;
    struct stat info;

    (void)state;
    assert_null(vapid_open(&vapid, scratch_file("vapid.key")));
    assert_int_equal(stat(scratch_file("vapid.key"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_null(vapid_open(&again, scratch_file("vapid.key")));
    assert_memory_equal(&vapid, &again, sizeof vapid);
    char *token = vapid_token(&vapid, "https://push.example:8443",
                              "mailto:me@example.org", quarter);
    char *same = vapid_token(&again, "https://push.example:8443",
                             "mailto:me@example.org", quarter + 21599);
    char *next = vapid_token(&again, "https://push.example:8443",
                             "mailto:me@example.org", quarter + 21600);
    char *other = vapid_token(&vapid, "https://other.example",
                              "mailto:me@example.org", quarter);

    assert_string_equal(token, same);
    assert_string_not_equal(token, next);
    assert_string_not_equal(token, other);
    assert_true(is_signed(&vapid, token));
    assert_true(is_signed(&vapid, next));
    assert_true(is_signed(&vapid, other));
    char claims[256] = "";
    const char *dot = strchr(token, '.') + 1;
    char part[256];

    snprintf(part, sizeof part, "%.*s", (int)strcspn(dot, "."), dot);
    assert_true(base64url_decode(part, claims, strlen(part) * 6 / 8));
    char wanted[256];

    snprintf(wanted, sizeof wanted,
             "{\"aud\":\"https://push.example:8443\",\"exp\":%lld,"
             "\"sub\":\"mailto:me@example.org\"}",
             (long long)quarter + 3 * 21600);
    assert_string_equal(claims, wanted);
    free(token);
    free(same);
    free(next);
    free(other);
}

/* The daemon's courier and one that shows the key: one of them is first, and
 * all have its key. */
static void key_is_made_by_many_at_once(void **state)
{
    const char *path = scratch_file("vapid.key");
    char first[BASE64URL_LENGTH(CURVE_POINT_SIZE) + 1];
    int results[2], started[2];
    char go;

    (void)state;
    assert_int_equal(pipe(results), 0);
    assert_int_equal(pipe(started), 0);
    for (int i = 0; i < 20; i++) {
        if (fork() == 0) {
            struct vapid vapid;

            close(started[1]);
            if (read(started[0], &go, 1) == 0 && !vapid_open(&vapid, path))
                _exit(write(results[1], vapid.public, sizeof first) < 0);
            _exit(1);
        }
    }
    close(results[1]);
    close(started[1]); /* go */
    for (int i = 0; i < 20; i++) {
        char another[sizeof first];

        assert_int_equal(read(results[0], i ? another : first, sizeof first),
                         sizeof first);
        if (i > 0)
            assert_string_equal(another, first);
    }
    while (wait(NULL) > 0)
        ;
    assert_int_equal(scratch_count("vapid"), 1); /* and leave nothing else */
}

static void key_file_that_cannot_be_used(void **state)
{
    struct vapid vapid;
    const char *path = scratch_file("vapid.key");

    (void)state;
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs("no key\n", file);
    fclose(file);
    chmod(path, 0644);
    assert_string_equal(vapid_open(&vapid, path),
                        "others than its owner may read it");
    chmod(path, 0600);
    assert_string_equal(vapid_open(&vapid, path), "it holds no key");
    assert_string_equal(vapid_open(&vapid, "/nowhere/vapid.key"),
                        strerror(ENOENT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64url),
        cmocka_unit_test(example_of_the_rfc),
        cmocka_unit_test(random_round_trips),
        cmocka_unit_test(keys_that_are_none),
        cmocka_unit_test_setup_teardown(token_says_who_we_are, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(key_is_made_by_many_at_once,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(key_file_that_cannot_be_used,
                                        scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
