#include "courier/payload.h"

#include "base/alloc.h"
#include "base/text.h"
#include "courier/memory.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(cJSON *object, const char *name, const char *text)
{
    if (*text)
        memory_needed(cJSON_AddStringToObject(object, name, text));
}

/* A text for people, of at most so many bytes. */
static void put_cut(cJSON *object, const char *name, const char *text,
                    size_t max)
{
    char *cut = xstrdup(text);

    text_shorten(cut, max);
    put(object, name, cut);
    memory_wipe(cut);
}

/* A tag longer than this is no tag where there is little room. */
#define TAG_MAX 500

/* As text, because the library's numbers are good for 15 digits. */
static void put_version(cJSON *object, int64_t version)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%lld", (long long)version);
    memory_needed(cJSON_AddRawToObject(object, "version", digits));
}

/* With texts of at most so many bytes each, 0 for none at all. */
static char *write_json(const struct request *request, size_t max)
{
    cJSON *object = memory_needed(cJSON_CreateObject());
    bool texts = max > 0, tag = texts || strlen(request->tag) <= TAG_MAX;

    memory_needed(cJSON_AddNumberToObject(object, "web_push", 8030));
    cJSON *shown =
        memory_needed(cJSON_AddObjectToObject(object, "notification"));

    if (texts && *request->title)
        put_cut(shown, "title", request->title, max);
    else
        put(shown, "title", "New mail");
    put_cut(shown, "body", texts ? request->body : "", max);
    put(shown, "tag", tag ? request->tag : "");
    put(shown, "navigate", texts ? request->navigate : "");
    if (request->alive) {
        memory_needed(cJSON_AddTrueToObject(shown, "silent"));
        memory_needed(cJSON_AddTrueToObject(object, "alive"));
    }
    if (request->version > 0)
        put_version(object, request->version);
    put(object, "account", texts ? request->account : "");
    put_cut(object, "from", texts ? request->mail_from : "", max);
    put_cut(object, "subject", texts ? request->mail_subject : "", max);
    char *json = memory_needed(cJSON_PrintUnformatted(object));

    cJSON_Delete(object);
    return json;
}

char *payload_write(const struct request *request)
{
    static const size_t shorter[] = {SIZE_MAX, 400, 200, 100, 0};
    cJSON_Hooks wiping = {malloc, memory_wipe};
    const size_t *max = request->small ? &shorter[4] : shorter;

    cJSON_InitHooks(&wiping);
    char *json = write_json(request, *max);

    while (*max > 0 && strlen(json) > PAYLOAD_MAX) {
        cJSON_free(json);
        json = write_json(request, *++max);
    }
    return json;
}
