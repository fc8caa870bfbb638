#include "base/json.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void json_start(struct json *json, struct buffer *out)
{
    *json = (struct json){.out = out};
}

static void put(struct json *json, const char *text, size_t length)
{
    if (buffer_add(json->out, text, length) < 0)
        json->bad = true;
}

static void put_text(struct json *json, const char *text)
{
    put(json, text, strlen(text));
}

/* Writes the character that text begins with; returns its length in bytes. */
static size_t put_character(struct json *json, const char *text)
{
    size_t length = text_character(text, strnlen(text, 4));
    unsigned char byte = (unsigned char)*text;
    char escape[8];

    if (length == 0) {
        put_text(json, "\xef\xbf\xbd");
        return 1;
    }
    if (byte < 0x20)
        snprintf(escape, sizeof escape, "\\u%04x", byte);
    else if (byte == '"' || byte == '\\')
        snprintf(escape, sizeof escape, "\\%c", byte);
    else
        *escape = '\0';
    if (*escape)
        put_text(json, escape);
    else
        put(json, text, length);
    return length;
}

static void put_string(struct json *json, const char *text)
{
    put_text(json, "\"");
    while (*text)
        text += put_character(json, text);
    put_text(json, "\"");
}

static void begin(struct json *json, const char *name)
{
    if (json->comma)
        put_text(json, ",");
    json->comma = true;
    if (!name)
        return;
    put_string(json, name);
    put_text(json, ":");
}

static void open_with(struct json *json, const char *name, const char *bracket)
{
    begin(json, name);
    put_text(json, bracket);
    json->comma = false;
}

static void close_with(struct json *json, const char *bracket)
{
    put_text(json, bracket);
    json->comma = true;
}

void json_open_object(struct json *json, const char *name)
{
    open_with(json, name, "{");
}

void json_open_array(struct json *json, const char *name)
{
    open_with(json, name, "[");
}

void json_close_object(struct json *json)
{
    close_with(json, "}");
}

void json_close_array(struct json *json)
{
    close_with(json, "]");
}

void json_text(struct json *json, const char *name, const char *text)
{
    begin(json, name);
    put_string(json, text);
}

void json_number(struct json *json, const char *name, int64_t number)
{
    char digits[24];

    begin(json, name);
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    put_text(json, digits);
}

void json_truth(struct json *json, const char *name, bool truth)
{
    begin(json, name);
    put_text(json, truth ? "true" : "false");
}

void json_null(struct json *json, const char *name)
{
    begin(json, name);
    put_text(json, "null");
}

void json_moment(struct json *json, const char *name, int64_t seconds)
{
    char text[32];
    time_t moment = (time_t)seconds;
    struct tm utc;

    if (seconds == 0 || !gmtime_r(&moment, &utc)) {
        json_null(json, name);
        return;
    }
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_text(json, name, text);
}
