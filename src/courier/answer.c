#include "courier/answer.h"

#include <curl/curl.h>
#include <string.h>

/* line is one field and not ended by a NUL. */
static int64_t date_of(const char *line, size_t length)
{
    char text[64];
    size_t value = strlen("date:");

    if (length - value >= sizeof text)
        return 0;
    memcpy(text, line + value, length - value);
    text[length - value] = '\0';
    int64_t date_s = curl_getdate(text, NULL);

    return date_s > 0 ? date_s : 0;
}

size_t answer_header(char *line, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    size_t length = size * count;

    answer->header_bytes += length;
    if (answer->header_bytes > ANSWER_HEADERS_MAX)
        return 0;
    if (length >= 5 && strncmp(line, "HTTP/", 5) == 0) {
        answer->date_s = 0;
        answer->block_ended = false;
    } else if (*line == '\r' || *line == '\n')
        answer->block_ended = true;
    else if (length >= 5 && strncasecmp(line, "date:", 5) == 0)
        answer->date_s = date_of(line, length);
    return length;
}

size_t answer_body(char *data, size_t size, size_t count, void *context)
{
    struct answer *answer = context;

    (void)data;
    answer->body_bytes += size * count;
    return answer->body_bytes > ANSWER_BODY_MAX ? 0 : size * count;
}
