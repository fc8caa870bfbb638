#include "session/reader.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define BUDGET_BYTES 1048576
#define BUDGET_LINES 10000

/* Enough of a line's end to hold "{9223372036854775807+}" and CRLF. */
#define TAIL 64

void reader_init(struct reader *reader, struct stream *stream)
{
    *reader = (struct reader){.stream = stream};
    buffer_init(&reader->bytes, READER_REPLY_MAX);
    buffer_init(&reader->words, READER_REPLY_MAX);
}

void reader_finish(struct reader *reader)
{
    buffer_finish(&reader->bytes);
    buffer_finish(&reader->words);
}

void reader_refill(struct reader *reader)
{
    reader->total = 0;
    reader->lines = 0;
}

bool reader_over_budget(const struct reader *reader)
{
    return reader->total > BUDGET_BYTES || reader->lines > BUDGET_LINES;
}

/* ---- framing ---- */

/* Takes count bytes off the stream's buffer, keeping them if there is room. */
static void take(struct reader *reader, struct reply *reply, size_t count)
{
    struct buffer *in = &reader->stream->in;

    if (reply->whole && buffer_add(&reader->bytes, in->data, count) < 0)
        reply->whole = false;
    buffer_drop(in, count);
    reader->total += count;
}

/* The last bytes of a line, whatever was kept of it. */
struct tail {
    char bytes[TAIL + 1];
    size_t length;
};

static void tail_add(struct tail *tail, const char *data, size_t count)
{
    if (count > TAIL) {
        data += count - TAIL;
        count = TAIL;
    }
    size_t keep = tail->length + count > TAIL ? TAIL - count : tail->length;

    memmove(tail->bytes, tail->bytes + tail->length - keep, keep);
    memcpy(tail->bytes + keep, data, count);
    tail->length = keep + count;
    tail->bytes[tail->length] = '\0';
}

/* "...{123}" or "...{123+}" before the line's end: 123, else -1. */
static int64_t literal_size(const struct tail *tail)
{
    size_t at = tail->length;
    int64_t size = 0, scale = 1;

    while (at > 0 &&
           (tail->bytes[at - 1] == '\n' || tail->bytes[at - 1] == '\r'))
        at--;
    if (at == 0 || tail->bytes[--at] != '}')
        return -1;
    if (at > 0 && tail->bytes[at - 1] == '+')
        at--;
    size_t end = at;

    for (; at > 0 && isdigit((unsigned char)tail->bytes[at - 1]); at--) {
        if (end - at > 17) { /* no server has that much */
            size = INT64_MAX;
            continue;
        }
        size += (tail->bytes[at - 1] - '0') * scale;
        scale *= 10;
    }
    return at > 0 && at < end && tail->bytes[at - 1] == '{' ? size : -1;
}

static int read_line(struct reader *reader, struct reply *reply,
                     struct tail *tail, struct error *err)
{
    struct buffer *in = &reader->stream->in;
    size_t length = 0;

    tail->length = 0;
    for (;;) {
        char *end = in->length ? memchr(in->data, '\n', in->length) : NULL;
        size_t count = end ? (size_t)(end - in->data) + 1 : in->length;

        if (count > 0) {
            tail_add(tail, in->data, count);
            length += count;
            if (length > READER_LINE_MAX)
                reply->whole = false;
            take(reader, reply, count);
        }
        if (end)
            break;
        if (stream_fill(reader->stream, err) < 0)
            return -1;
    }
    reader->lines++;
    return 0;
}

static int read_literal(struct reader *reader, struct reply *reply,
                        int64_t size, struct error *err)
{
    struct buffer *in = &reader->stream->in;

    if (size > READER_LITERAL_MAX)
        reply->whole = false;
    while (size > 0) {
        if (in->length == 0 && stream_fill(reader->stream, err) < 0)
            return -1;
        size_t count = in->length;

        if ((int64_t)count > size)
            count = (size_t)size;
        take(reader, reply, count);
        size -= (int64_t)count;
    }
    return 0;
}

/* ---- status replies ---- */

static enum condition condition_of(const char *word, size_t length)
{
    static const char *const names[] = {"OK", "NO", "BAD", "PREAUTH", "BYE"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == length &&
            strncasecmp(word, names[i], length) == 0)
            return (enum condition)i;
    }
    return CONDITION_NONE;
}

static char *skip_spaces(char *at)
{
    return at + strspn(at, " \t");
}

/* "[CODE argument] text" in place. */
static void split_code(struct reply *reply, char *at)
{
    char *end = *at == '[' ? strchr(at, ']') : NULL;

    reply->code = reply->argument = "";
    if (end) {
        *end = '\0';
        reply->code = at + 1;
        at = end + 1;
        char *space = strchr(reply->code, ' ');

        if (space) {
            *space = '\0';
            reply->argument = skip_spaces(space + 1);
        }
    }
    at = skip_spaces(at);
    text_sanitise(at);
    reply->text = at;
}

/* Cuts the line's copy into strings if it is a status reply or a "+". */
static bool split_status(struct reader *reader, struct reply *reply)
{
    char *line = reader->words.data;
    char *word = line + strcspn(line, " \t");

    if (line[0] == '+' && (word == line + 1 || !line[1])) {
        reply->kind = REPLY_CONTINUE;
        reply->code = reply->argument = "";
        text_sanitise(line);
        reply->text = skip_spaces(line + 1);
        return true;
    }
    char *end, *condition = skip_spaces(word);

    end = condition + strcspn(condition, " \t");
    reply->condition = condition_of(condition, (size_t)(end - condition));
    if (reply->condition == CONDITION_NONE || word == line)
        return false;
    *word = '\0';
    reply->tag = line;
    reply->kind = strcmp(line, "*") == 0 ? REPLY_STATUS : REPLY_TAGGED;
    split_code(reply, skip_spaces(end));
    return true;
}

/* The first line is here: what is it? Status replies hold no literals, even
 * where a person's text ends like one. */
static bool is_status(struct reader *reader, struct reply *reply)
{
    size_t length = reader->bytes.length;

    if (length > READER_LINE_MAX)
        length = READER_LINE_MAX;
    reader->words.length = 0;
    buffer_add(&reader->words, reader->bytes.data, length);
    char *line = reader->words.data;

    for (size_t i = 0; i < length; i++) { /* no NUL may hide the rest */
        if (line[i] == '\0')
            line[i] = '?';
    }
    line[strcspn(line, "\r\n")] = '\0';
    return split_status(reader, reply);
}

int reader_next(struct reader *reader, struct reply *reply, struct error *err)
{
    struct tail tail;
    int64_t literal;

    reader->bytes.length = 0;
    *reply = (struct reply){.kind = REPLY_DATA,
                            .condition = CONDITION_NONE,
                            .tag = "",
                            .code = "",
                            .argument = "",
                            .text = "",
                            .whole = true};
    if (read_line(reader, reply, &tail, err) < 0)
        return -1;
    if (is_status(reader, reply))
        return 0;
    while ((literal = literal_size(&tail)) >= 0) {
        if (read_literal(reader, reply, literal, err) < 0 ||
            read_line(reader, reply, &tail, err) < 0)
            return -1;
    }
    reply->raw = reader->bytes.data;
    reply->length = reader->bytes.length;
    return 0;
}
