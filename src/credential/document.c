#include "credential/document.h"

#include "base/alloc.h"
#include "base/text.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* Metadata has lists in an object, and some servers objects in those. */
#define DEPTH_MAX 16

struct document {
    cJSON *root;
};

/* Brackets count wherever they stand: a text with many is none that we read. */
static bool is_deep(const char *text)
{
    int depth = 0;

    for (; *text; text++) {
        if (*text == '{' || *text == '[')
            depth++;
        else if (*text == '}' || *text == ']')
            depth--;
        if (depth > DEPTH_MAX)
            return true;
    }
    return false;
}

struct document *document_parse(const char *text)
{
    if (!text || is_deep(text) || !text_is_utf8(text, strlen(text)))
        return NULL;
    cJSON *root = cJSON_ParseWithOpts(text, NULL, true);

    if (!cJSON_IsObject(root)) {
        cJSON_Delete(root);
        return NULL;
    }
    struct document *document = xcalloc(1, sizeof *document);

    document->root = root;
    return document;
}

static void wipe(cJSON *item)
{
    for (; item; item = item->next) {
        if (item->valuestring)
            explicit_bzero(item->valuestring, strlen(item->valuestring));
        wipe(item->child);
    }
}

void document_destroy(struct document **document)
{
    if (!*document)
        return;
    wipe((*document)->root);
    cJSON_Delete((*document)->root);
    free(*document);
    *document = NULL;
}

static const cJSON *member(const struct document *document, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(document->root, name);
}

const char *document_text(const struct document *document, const char *name,
                          size_t max)
{
    const cJSON *item = member(document, name);
    const char *text = cJSON_IsString(item) ? item->valuestring : NULL;

    if (!text || strlen(text) > max || text_has_control(text, strlen(text)))
        return NULL;
    return text;
}

void document_words(const struct document *document, const char *name,
                    char *words, size_t size)
{
    const cJSON *item = member(document, name);
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    size_t length = text_cut(text, strcspn(text, "\r\n"), size - 1);

    memcpy(words, text, length);
    words[length] = '\0';
    text_sanitise(words);
}

long document_number(const struct document *document, const char *name,
                     long low, long high, long otherwise)
{
    const cJSON *item = member(document, name);
    const char *text = cJSON_IsString(item) ? item->valuestring : NULL;
    char *end;
    double number = otherwise;

    if (cJSON_IsNumber(item))
        number = item->valuedouble;
    else if (text && *text) {
        number = strtod(text, &end);
        if (*end)
            return otherwise;
    }
    /* also false for what is not a number at all */
    return number >= (double)low && number <= (double)high ? (long)number
                                                           : otherwise;
}

bool document_is_true(const struct document *document, const char *name)
{
    return cJSON_IsTrue(member(document, name));
}
