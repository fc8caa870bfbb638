#include "session/header.h"

#include "base/text.h"
#include "session/charset.h"
#include "session/encoded.h"

#include <string.h>
#include <strings.h>

/* ---- fields ---- */

static const char *line_end(const char *at, const char *end)
{
    const char *feed = memchr(at, '\n', (size_t)(end - at));

    return feed ? feed + 1 : end;
}

const char *header_next(const char **at, const char *end, size_t *length,
                        const char **body)
{
    while (*at < end) {
        const char *name = *at, *stop = line_end(name, end);
        const char *colon = memchr(name, ':', (size_t)(stop - name));

        while (stop < end && (*stop == ' ' || *stop == '\t')) /* folded */
            stop = line_end(stop, end);
        *at = stop;
        if (!colon || colon == name)
            continue;
        *body = colon + 1;
        *length = (size_t)(colon - name);
        while (*length > 0 &&
               (name[*length - 1] == ' ' || name[*length - 1] == '\t'))
            --*length;
        return name;
    }
    return NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

static void empty(struct buffer *buffer)
{
    buffer->length = 0;
    buffer_add(buffer, "", 0); /* allocated from here on */
}

/* What is left of control characters and of bytes that are not UTF-8. */
static void clean(struct buffer *buffer)
{
    for (size_t i = 0; i < buffer->length; i++) {
        if (buffer->data[i] == '\0')
            buffer->data[i] = '?';
    }
    text_sanitise(buffer->data);
}

static void trim(struct buffer *text)
{
    buffer_drop(text, strspn(text->data, " "));
    while (text->length > 0 && text->data[text->length - 1] == ' ')
        text->data[--text->length] = '\0';
}

/* ---- the text ---- */

/* Words of one set that follow one another, undecoded as long as more may come:
 * some programs cut a character in two. */
struct run {
    const char *charset;
    size_t length;
    struct buffer bytes;
};

static void run_end(struct run *run, struct buffer *text)
{
    if (run->charset)
        charset_convert(run->charset, run->length, &run->bytes, text);
    run->charset = NULL;
    run->bytes.length = 0;
}

static void run_add(struct run *run, const struct encoded *word,
                    struct buffer *text)
{
    if (!run->charset || run->length != word->charset_length ||
        strncasecmp(run->charset, word->charset, run->length) != 0)
        run_end(run, text);
    run->charset = word->charset;
    run->length = word->charset_length;
    encoded_decode(word, &run->bytes);
}

void header_text(const char *body, const char *end, struct buffer *text)
{
    struct run run = {0};
    struct encoded word;
    const char *at = skip_blanks(body, end);

    empty(text);
    buffer_init(&run.bytes, text->maximum);
    while (at < end) {
        const char *next = skip_blanks(at, end);
        const char *behind = encoded_find(next, end, &word);

        if (!behind || !run.charset) { /* blanks between words do not count */
            run_end(&run, text);
            if (next > at && next < end)
                buffer_add(text, " ", 1);
        }
        if (behind)
            run_add(&run, &word, text);
        else if (next < end)
            buffer_add(text, next++, 1);
        at = behind ? behind : next;
    }
    run_end(&run, text);
    buffer_finish(&run.bytes);
    clean(text);
    trim(text); /* of encoded ones */
}

/* ---- addresses ---- */

/* Behind a comment, which may hold others (RFC 5322 section 3.2.2). */
static const char *skip_comment(const char *at, const char *end)
{
    unsigned depth = 0;

    do {
        if (*at == '\\' && end - at > 1)
            at++;
        else if (*at == '(')
            depth++;
        else if (*at == ')')
            depth--;
        at++;
    } while (at < end && depth > 0);
    return at;
}

/* A quoted string, without its quotes; address may be null. */
static const char *take_quoted(const char *at, const char *end,
                               struct buffer *address)
{
    for (at++; at < end && *at != '"'; at++) {
        if (*at == '\\' && end - at > 1)
            at++;
        if (address && *at != '\r' && *at != '\n')
            buffer_add(address, at, 1);
    }
    return at < end ? at + 1 : at;
}

/* A character that is part of an address, or shows what was one: before "<" and
 * ":" stood a name, that of a person or of a group. */
static void take_plain(char c, struct buffer *address)
{
    if (c == '<' || (c == ':' && !strchr(address->data, '[')))
        empty(address);
    else if (!is_blank(c) && c != '>')
        buffer_add(address, &c, 1);
}

/* What stands in front of the first "<", without quotes and comments. */
static void take_name(const char *at, const char *end, struct buffer *name)
{
    empty(name);
    while (at < end && *at != '<') {
        if (*at == '(')
            at = skip_comment(at, end);
        else if (*at == '"')
            at = take_quoted(at, end, name);
        else
            buffer_add(name, at++, 1);
    }
    if (at == end)
        empty(name);
}

bool header_address(const char **body, const char *end, struct buffer *address)
{
    const char *at = skip_blanks(*body, end);
    bool begun = false, over = false;

    empty(address);
    if (at == end)
        return false;
    while (at < end && *at != ',' && *at != ';') {
        if (*at == '(') {
            at = skip_comment(at, end);
        } else if (*at == '"') {
            at = take_quoted(at, end, over ? NULL : address);
        } else {
            if (!over)
                take_plain(*at, address);
            begun = begun || *at == '<';
            over = over || (begun && *at == '>');
            at++;
        }
    }
    *body = at < end ? at + 1 : at;
    clean(address);
    return true;
}

void header_sender(const char *body, const char *end, struct buffer *sender)
{
    struct buffer name;

    buffer_init(&name, sender->maximum);
    take_name(body, end, &name);
    header_text(name.data, name.data + name.length, sender);
    if (sender->length == 0 || strchr(sender->data, '@'))
        header_address(&body, end, sender);
    buffer_finish(&name);
}
