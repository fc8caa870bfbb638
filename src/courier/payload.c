#include "courier/payload.h"

#include "courier/memory.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static void put(cJSON *object, const char *name, const char *text)
{
    if (*text)
        memory_needed(cJSON_AddStringToObject(object, name, text));
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

static char *write_json(const struct request *request, bool texts)
{
    cJSON *object = memory_needed(cJSON_CreateObject());
    bool tag = texts || strlen(request->tag) <= TAG_MAX;

    memory_needed(cJSON_AddNumberToObject(object, "web_push", 8030));
    cJSON *shown =
        memory_needed(cJSON_AddObjectToObject(object, "notification"));

    put(shown, "title", texts && *request->title ? request->title : "New mail");
    put(shown, "body", texts ? request->body : "");
    put(shown, "tag", tag ? request->tag : "");
    put(shown, "navigate", texts ? request->navigate : "");
    if (request->alive) {
        memory_needed(cJSON_AddTrueToObject(shown, "silent"));
        memory_needed(cJSON_AddTrueToObject(object, "alive"));
    }
    if (request->version > 0)
        put_version(object, request->version);
    put(object, "account", texts ? request->account : "");
    char *json = memory_needed(cJSON_PrintUnformatted(object));

    cJSON_Delete(object);
    return json;
}

char *payload_write(const struct request *request)
{
    char *json = write_json(request, !request->small);

    if (request->small || strlen(json) <= PAYLOAD_MAX)
        return json;
    cJSON_free(json);
    return write_json(request, false);
}
