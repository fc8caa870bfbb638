#include "cli/answer.h"

#include <cjson/cJSON.h>

/* A struct answer is a cJSON by another name: only here is that known. */
static const cJSON *inside(const struct answer *answer)
{
    return (const cJSON *)(const void *)answer;
}

static const struct answer *outside(const cJSON *value)
{
    return (const struct answer *)(const void *)value;
}

struct answer *answer_parse(const char *text)
{
    return (struct answer *)(void *)cJSON_Parse(text);
}

void answer_destroy(struct answer **answer)
{
    cJSON_Delete((cJSON *)(void *)*answer);
    *answer = NULL;
}

static const cJSON *member(const struct answer *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(inside(object), name);
}

const char *answer_text(const struct answer *object, const char *name)
{
    const char *text = cJSON_GetStringValue(member(object, name));

    return text ? text : "";
}

int64_t answer_number(const struct answer *object, const char *name)
{
    const cJSON *value = member(object, name);

    return cJSON_IsNumber(value) ? (int64_t)value->valuedouble : 0;
}

bool answer_truth(const struct answer *object, const char *name)
{
    return cJSON_IsTrue(member(object, name));
}

const struct answer *answer_member(const struct answer *object,
                                   const char *name)
{
    const cJSON *value = member(object, name);

    return cJSON_IsNull(value) ? NULL : outside(value);
}

const struct answer *answer_first(const struct answer *array)
{
    return array ? outside(inside(array)->child) : NULL;
}

const struct answer *answer_after(const struct answer *element)
{
    return outside(inside(element)->next);
}
