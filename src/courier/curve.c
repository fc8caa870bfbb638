#include "courier/curve.h"

#include <gmp.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/hmac.h>
#include <string.h>
#include <sys/random.h>

/* Big-endian, as wide as asked for: short numbers get zeroes in front. */
static void put_number(const mpz_t number, uint8_t *bytes, size_t size)
{
    size_t length = (mpz_sizeinbase(number, 2) + 7) / 8;

    memset(bytes, 0, size);
    if (length <= size)
        mpz_export(bytes + size - length, NULL, 1, 1, 1, 0, number);
}

static void get_number(mpz_t number, const uint8_t *bytes, size_t size)
{
    mpz_import(number, size, 1, 1, 1, 0, bytes);
}

/* gmp leaves what it frees as it was. */
static void forget_number(mpz_t number)
{
    for (size_t i = 0; i < mpz_size(number); i++)
        mpz_limbs_modify(number, (mp_size_t)mpz_size(number))[i] = 0;
    mpz_clear(number);
}

static bool set_secret(struct ecc_scalar *scalar,
                       const uint8_t secret[CURVE_SECRET_SIZE])
{
    mpz_t number;

    ecc_scalar_init(scalar, nettle_get_secp_256r1());
    mpz_init(number);
    get_number(number, secret, CURVE_SECRET_SIZE);
    bool good = ecc_scalar_set(scalar, number) == 1;

    forget_number(number);
    if (!good)
        ecc_scalar_clear(scalar);
    return good;
}

static bool set_point(struct ecc_point *point,
                      const uint8_t bytes[CURVE_POINT_SIZE])
{
    mpz_t x, y;

    if (bytes[0] != 4)
        return false;
    ecc_point_init(point, nettle_get_secp_256r1());
    mpz_inits(x, y, NULL);
    get_number(x, bytes + 1, 32);
    get_number(y, bytes + 33, 32);
    bool good = ecc_point_set(point, x, y) == 1;

    mpz_clears(x, y, NULL);
    if (!good)
        ecc_point_clear(point);
    return good;
}

bool curve_is_point(const uint8_t bytes[CURVE_POINT_SIZE])
{
    struct ecc_point point;

    if (!set_point(&point, bytes))
        return false;
    ecc_point_clear(&point);
    return true;
}

bool curve_new_secret(uint8_t secret[CURVE_SECRET_SIZE])
{
    struct ecc_scalar scalar;

    do { /* nearly all numbers of that size will do */
        if (getrandom(secret, CURVE_SECRET_SIZE, 0) != CURVE_SECRET_SIZE)
            return false;
    } while (!set_secret(&scalar, secret));
    ecc_scalar_clear(&scalar);
    return true;
}

static void put_point(const struct ecc_point *point, uint8_t *x, uint8_t *y)
{
    mpz_t numbers[2];

    mpz_inits(numbers[0], numbers[1], NULL);
    ecc_point_get(point, numbers[0], numbers[1]);
    put_number(numbers[0], x, 32);
    if (y)
        put_number(numbers[1], y, 32);
    forget_number(numbers[0]);
    forget_number(numbers[1]);
}

bool curve_public(const uint8_t secret[CURVE_SECRET_SIZE],
                  uint8_t point[CURVE_POINT_SIZE])
{
    struct ecc_scalar scalar;
    struct ecc_point result;

    if (!set_secret(&scalar, secret))
        return false;
    ecc_point_init(&result, nettle_get_secp_256r1());
    ecc_point_mul_g(&result, &scalar);
    point[0] = 4;
    put_point(&result, point + 1, point + 33);
    ecc_point_clear(&result);
    ecc_scalar_clear(&scalar);
    return true;
}

bool curve_agree(const uint8_t secret[CURVE_SECRET_SIZE],
                 const uint8_t point[CURVE_POINT_SIZE],
                 uint8_t shared[CURVE_SECRET_SIZE])
{
    struct ecc_scalar scalar;
    struct ecc_point theirs, result;

    if (!set_secret(&scalar, secret))
        return false;
    bool good = set_point(&theirs, point);

    if (good) {
        ecc_point_init(&result, nettle_get_secp_256r1());
        ecc_point_mul(&result, &scalar, &theirs);
        put_point(&result, shared, NULL);
        ecc_point_clear(&result);
        ecc_point_clear(&theirs);
    }
    ecc_scalar_clear(&scalar);
    return good;
}

/* What ecdsa_sign() takes for random: a stream that the secret and the digest
 * determine, and nobody knows who does not have the secret. */
struct stream {
    struct hmac_sha256_ctx mac;
    uint8_t digest[32];
    uint8_t count;
};

static void draw(void *context, size_t length, uint8_t *bytes)
{
    struct stream *stream = context;

    while (length > 0) {
        uint8_t block[32];
        size_t take = length < sizeof block ? length : sizeof block;

        hmac_sha256_update(&stream->mac, sizeof stream->digest, stream->digest);
        hmac_sha256_update(&stream->mac, 1, &stream->count);
        hmac_sha256_digest(&stream->mac, sizeof block, block);
        stream->count++;
        memcpy(bytes, block, take);
        bytes += take;
        length -= take;
        explicit_bzero(block, sizeof block);
    }
}

bool curve_sign(const uint8_t secret[CURVE_SECRET_SIZE],
                const uint8_t digest[32], uint8_t signature[64])
{
    struct stream stream = {.count = 0};
    struct dsa_signature pair;
    struct ecc_scalar scalar;

    if (!set_secret(&scalar, secret))
        return false;
    hmac_sha256_set_key(&stream.mac, CURVE_SECRET_SIZE, secret);
    memcpy(stream.digest, digest, 32);
    dsa_signature_init(&pair);
    ecdsa_sign(&scalar, &stream, draw, 32, digest, &pair);
    put_number(pair.r, signature, 32);
    put_number(pair.s, signature + 32, 32);
    dsa_signature_clear(&pair);
    ecc_scalar_clear(&scalar);
    explicit_bzero(&stream, sizeof stream);
    return true;
}
