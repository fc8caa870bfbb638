#include "courier/vapid.h"

#include "base/alloc.h"
#include "courier/memory.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_LENGTH BASE64URL_LENGTH(CURVE_SECRET_SIZE)
#define QUARTER_S 21600

static bool write_line(int fd, const char *line)
{
    ssize_t length = (ssize_t)strlen(line);

    return write(fd, line, (size_t)length) == length && fsync(fd) == 0;
}

/* So that a new name outlasts a power cut as well: phones subscribe for it. */
static void keep_name(const char *path)
{
    const char *end = strrchr(path, '/');
    char *folder =
        xasprintf("%.*s/", end ? (int)(end - path) : 1, end ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
}

/* In one step, so that there is a whole key or none; and never over another,
 * which somebody else may be making at the same time. */
static bool make_file(const char *path)
{
    uint8_t secret[CURVE_SECRET_SIZE];
    char line[SECRET_LENGTH + 2], *new = xasprintf("%s.XXXXXX", path);
    int fd = mkostemp(new, O_CLOEXEC);
    bool good = fd >= 0 && curve_new_secret(secret);

    if (good) {
        base64url_encode(secret, sizeof secret, line);
        strcat(line, "\n");
        good =
            write_line(fd, line) && (link(new, path) == 0 || errno == EEXIST);
    }
    int saved = errno;

    if (fd >= 0) {
        close(fd);
        unlink(new);
    }
    if (good)
        keep_name(path);
    free(new);
    explicit_bzero(secret, sizeof secret);
    explicit_bzero(line, sizeof line);
    errno = saved;
    return good;
}

static const char *read_file(struct vapid *vapid, int fd)
{
    uint8_t point[CURVE_POINT_SIZE];
    char line[SECRET_LENGTH + 2] = "";
    struct stat info;

    if (fstat(fd, &info) < 0 || info.st_uid != geteuid() ||
        (info.st_mode & 077))
        return "others than its owner may read it";
    ssize_t got = read(fd, line, sizeof line - 1);

    line[got > 0 ? strcspn(line, "\n") : 0] = '\0';
    bool good = base64url_decode(line, vapid->secret, CURVE_SECRET_SIZE) &&
                curve_public(vapid->secret, point);

    explicit_bzero(line, sizeof line);
    if (!good)
        return "it holds no key";
    base64url_encode(point, sizeof point, vapid->public);
    return NULL;
}

const char *vapid_open(struct vapid *vapid, const char *path)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT && make_file(path))
        fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return strerror(errno);
    const char *wrong = read_file(vapid, fd);

    close(fd);
    return wrong;
}

/* The claims as JSON, base64url. */
static char *claims(const char *origin, const char *subject, int64_t now_s)
{
    int64_t until_s = now_s / QUARTER_S * QUARTER_S + 3 * QUARTER_S;
    cJSON *object = memory_needed(cJSON_CreateObject());

    memory_needed(cJSON_AddStringToObject(object, "aud", origin));
    memory_needed(cJSON_AddNumberToObject(object, "exp", (double)until_s));
    memory_needed(cJSON_AddStringToObject(object, "sub", subject));
    char *json = memory_needed(cJSON_PrintUnformatted(object));
    char *text = xcalloc(1, BASE64URL_LENGTH(strlen(json)) + 8);

    base64url_encode(json, strlen(json), text);
    cJSON_free(json);
    cJSON_Delete(object);
    return text;
}

char *vapid_token(const struct vapid *vapid, const char *origin,
                  const char *subject, int64_t now_s)
{
    static const char head[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\"}";
    char head_text[BASE64URL_LENGTH(sizeof head) + 8];
    char signature_text[BASE64URL_LENGTH(64) + 8];
    uint8_t digest[32], signature[64];
    struct sha256_ctx context;
    char *body = claims(origin, subject, now_s);

    base64url_encode(head, strlen(head), head_text);
    char *signed_part = xasprintf("%s.%s", head_text, body), *token = NULL;

    free(body);
    sha256_init(&context);
    sha256_update(&context, strlen(signed_part), (const uint8_t *)signed_part);
    sha256_digest(&context, sizeof digest, digest);
    if (curve_sign(vapid->secret, digest, signature)) {
        base64url_encode(signature, sizeof signature, signature_text);
        token = xasprintf("vapid t=%s.%s, k=%s", signed_part, signature_text,
                          vapid->public);
    }
    free(signed_part);
    return token;
}
