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

static cJSON *read_json(void)
{
    char *text = xcalloc(1, SIZE_MAX_READ + 1);
    cJSON *json = NULL;

    if (fread(text, 1, SIZE_MAX_READ, stdin) > 0)
        json = cJSON_Parse(text);
    free(text);
    return json;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text && *text && !strpbrk(text, "\r\n") ? text : NULL;
}

static const char *check_keys(const cJSON *json)
{
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(json, "keys");
    const char *p256dh = text_of(keys, "p256dh"), *auth = text_of(keys, "auth");
    uint8_t point[CURVE_POINT_SIZE], secret[SEAL_AUTH_SIZE];

    if (!p256dh || !base64url_decode(p256dh, point, sizeof point) ||
        !curve_is_point(point))
        return "has no keys.p256dh that is a key";
    if (!auth || !base64url_decode(auth, secret, sizeof secret))
        return "has no keys.auth of 16 bytes";
    return NULL;
}

static const char *check(const cJSON *json)
{
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(json, "keys");
    const char *wrong =
        text_of(json, "endpoint") ? check_keys(json) : "has no endpoint";

    if (!wrong)
        printf("%s\n%s\n%s\n", text_of(json, "endpoint"),
               text_of(keys, "p256dh"), text_of(keys, "auth"));
    return wrong;
}

int subscription_print(void)
{
    cJSON *json = read_json();
    const char *wrong =
        cJSON_IsObject(json) ? check(json) : "is no object of JSON";

    cJSON_Delete(json);
    if (wrong)
        fprintf(stderr, "%s\n", wrong);
    return wrong ? EX_DATAERR : EXIT_SUCCESS;
}

/* ---- one that a phone sent ---- */

static char *write_known(const cJSON *json)
{
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(json, "keys");
    cJSON *known = cJSON_CreateObject();
    cJSON *known_keys = cJSON_AddObjectToObject(known, "keys");

    cJSON_AddStringToObject(known, "endpoint", text_of(json, "endpoint"));
    cJSON_AddStringToObject(known_keys, "p256dh", text_of(keys, "p256dh"));
    cJSON_AddStringToObject(known_keys, "auth", text_of(keys, "auth"));
    char *text = cJSON_PrintUnformatted(known);

    cJSON_Delete(known);
    return text;
}

const char *subscription_take_text(const char *text, char **url, char **json)
{
    cJSON *parsed = cJSON_Parse(text);
    const char *wrong = NULL;

    if (!cJSON_IsObject(parsed) || !text_of(parsed, "endpoint") ||
        check_keys(parsed)) {
        wrong = "holds no subscription";
    } else {
        *url = xstrdup(text_of(parsed, "endpoint"));
        *json = write_known(parsed);
    }
    cJSON_Delete(parsed);
    return wrong;
}

/* ---- one that an app registered ---- */

static const char *take_mailboxes(const cJSON *json,
                                  struct subscription *subscription)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "mailboxes");
    const cJSON *mailbox;

    if (list && !cJSON_IsArray(list))
        return "has mailboxes that are no list";
    cJSON_ArrayForEach(mailbox, list)
    {
        const char *name = cJSON_GetStringValue(mailbox);

        if (!name || !*name ||
            subscription->mailbox_count == SUBSCRIPTION_MAILBOXES)
            return "has mailboxes that are no names, or too many";
        subscription->mailboxes[subscription->mailbox_count++] = name;
    }
    return NULL;
}

static const char *take_object(const cJSON *json,
                               struct subscription *subscription)
{
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(json, "keys");
    const char *wrong = cJSON_IsObject(json) ? NULL : "is no object of JSON";

    if (!wrong && !text_of(json, "endpoint"))
        wrong = "has no endpoint";
    if (!wrong && keys && !cJSON_IsNull(keys))
        wrong = check_keys(json);
    if (!wrong)
        wrong = take_mailboxes(json, subscription);
    if (wrong)
        return wrong;
    subscription->url = text_of(json, "endpoint");
    subscription->p256dh = text_of(keys, "p256dh");
    subscription->auth = text_of(keys, "auth");
    return NULL;
}

void subscription_answer(struct record *record, int64_t id, const char *value,
                         const char *key)
{
    struct subscription subscription = {.id = id, .key = key};
    char *copy = xstrdup(value); /* the record is written to */
    cJSON *json = *copy == '{' ? cJSON_Parse(copy) : NULL;

    if (*copy == '{')
        subscription.wrong = take_object(json, &subscription);
    else
        subscription.url = copy;
    if (subscription.wrong)
        subscription.mailbox_count = 0;
    subscription_pack(record, &subscription);
    cJSON_Delete(json);
    explicit_bzero(copy, strlen(copy));
    free(copy);
}
