#include "courier/webpush.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "courier/base64url.h"
#include "courier/header.h"
#include "courier/memory.h"
#include "courier/payload.h"
#include "courier/seal.h"
#include "courier/vapid.h"

#include <ctype.h>
#include <nettle/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* A topic has at most 32 characters (RFC 8030 section 5.4). */
#define TOPIC_SIZE 24

static struct vapid key;
static bool has_key;

void webpush_open(const char *path)
{
    const char *wrong = vapid_open(&key, path);

    has_key = !wrong;
    if (wrong)
        log_error("%s: %s; no Web Push without it", path, wrong);
}

const char *webpush_key(void)
{
    return has_key ? key.public : "";
}

int webpush_show_key(const char *path)
{
    const char *wrong = vapid_open(&key, path);

    if (wrong)
        fprintf(stderr, "%s: %s\n", path, wrong);
    else
        puts(key.public);
    return wrong ? EX_CANTCREAT : EXIT_SUCCESS;
}

/* One of ours, unless the owner has set a header of that name himself. */
static void add(struct curl_slist **headers, const char *name,
                const char *value)
{
    if (header_is_set(*headers, name))
        return;
    char *line = xasprintf("%s: %s", name, value);

    *headers = memory_needed(curl_slist_append(*headers, line));
    explicit_bzero(line, strlen(line));
    free(line);
}

/* "https://host", with the port where it is not the usual one; free() it. */
static char *origin_of(CURLU *url)
{
    char *scheme = NULL, *host = NULL, *port = NULL;

    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
    curl_url_get(url, CURLUPART_HOST, &host, 0);
    curl_url_get(url, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT);
    char *origin =
        xasprintf("%s://%s%s%s", scheme ? scheme : "", host ? host : "",
                  port ? ":" : "", port ? port : "");

    for (char *at = origin; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    return origin;
}

/* One for each endpoint and tag: what was not delivered yet is replaced by the
 * newest of those that would take its place on the screen, and not by others.
 * Nobody can tell from it what it is for. */
static void add_topic(struct curl_slist **headers,
                      const struct request *request)
{
    struct hmac_sha256_ctx context;
    uint8_t digest[TOPIC_SIZE];
    char topic[BASE64URL_LENGTH(TOPIC_SIZE) + 8];

    hmac_sha256_set_key(&context, sizeof key.secret, key.secret);
    hmac_sha256_update(&context, strlen(request->url),
                       (const uint8_t *)request->url);
    hmac_sha256_update(&context, 1, (const uint8_t *)"\n");
    hmac_sha256_update(&context, strlen(request->tag),
                       (const uint8_t *)request->tag);
    hmac_sha256_digest(&context, sizeof digest, digest);
    explicit_bzero(&context, sizeof context);
    base64url_encode(digest, sizeof digest, topic);
    add(headers, "Topic", topic);
}

static const char *seal(const struct request *request, char **body,
                        size_t *length)
{
    struct seal keys;
    char *text = payload_write(request);

    *length = strlen(text) + SEAL_MORE;
    *body = xcalloc(1, *length);
    bool good =
        base64url_decode(request->p256dh, keys.p256dh, sizeof keys.p256dh) &&
        base64url_decode(request->auth, keys.auth, sizeof keys.auth) &&
        seal_renew(&keys) &&
        seal_text(&keys, text, strlen(text), (uint8_t *)*body);

    explicit_bzero(&keys, sizeof keys);
    explicit_bzero(text, strlen(text));
    free(text);
    return good ? NULL : "the subscription's keys cannot be used";
}

const char *webpush_write(const struct request *request, CURLU *url,
                          struct curl_slist **headers, char **body,
                          size_t *length)
{
    char ttl[24];

    if (!has_key)
        return "the key for Web Push (vapid.key) cannot be used";
    const char *wrong = seal(request, body, length);

    if (wrong)
        return wrong;
    char *origin = origin_of(url);
    char *token = vapid_token(&key, origin, request->subject,
                              clock_realtime_us() / 1000000);

    free(origin);
    if (!token)
        return "the key for Web Push (vapid.key) cannot be used";
    snprintf(ttl, sizeof ttl, "%lld", (long long)request->ttl_s);
    add(headers, "TTL", ttl);
    add(headers, "Urgency", request->urgency);
    add_topic(headers, request);
    add(headers, "Content-Encoding", "aes128gcm");
    add(headers, "Content-Type", "application/octet-stream");
    add(headers, "Authorization", token);
    explicit_bzero(token, strlen(token));
    free(token);
    return NULL;
}
