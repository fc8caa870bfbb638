#include "courier/subscription.h"

#include "base/alloc.h"
#include "courier/base64url.h"
#include "courier/seal.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define SIZE_MAX_READ 65536

static cJSON *read_json(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = xcalloc(1, SIZE_MAX_READ + 1);
    cJSON *json = NULL;

    if (file && fread(text, 1, SIZE_MAX_READ, file) > 0)
        json = cJSON_Parse(text);
    if (file)
        fclose(file);
    free(text);
    return json;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text && *text && !strpbrk(text, "\r\n") ? text : NULL;
}

static const char *check(const cJSON *json)
{
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(json, "keys");
    const char *p256dh = text_of(keys, "p256dh"), *auth = text_of(keys, "auth");
    uint8_t point[CURVE_POINT_SIZE], secret[SEAL_AUTH_SIZE];

    if (!text_of(json, "endpoint"))
        return "has no endpoint";
    if (!p256dh || !base64url_decode(p256dh, point, sizeof point) ||
        !curve_is_point(point))
        return "has no keys.p256dh that is a key";
    if (!auth || !base64url_decode(auth, secret, sizeof secret))
        return "has no keys.auth of 16 bytes";
    printf("%s\n%s\n%s\n", text_of(json, "endpoint"), p256dh, auth);
    return NULL;
}

int subscription_print(const char *path)
{
    cJSON *json = read_json(path);
    const char *wrong =
        cJSON_IsObject(json) ? check(json) : "is no object of JSON";

    cJSON_Delete(json);
    if (wrong)
        fprintf(stderr, "%s\n", wrong);
    return wrong ? EX_DATAERR : EXIT_SUCCESS;
}
