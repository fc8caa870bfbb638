/*
 * Mailbox names: what a server calls one, and what we call one that we want.
 *
 * Whatever is decoded is UTF-8 that fits, without control characters, and what
 * we send for it is ASCII in quotes that is decoded to the same name again.
 */
#include "fuzz.h"

#include "base/mailbox.h"
#include "session/utf7.h"

#include <strings.h>

/* As a server's parser takes it: without its quotes and backslashes. */
static void unquote(char *quoted)
{
    size_t length = strlen(quoted), to = 0;

    must(length >= 2 && quoted[0] == '"' && quoted[length - 1] == '"');
    for (size_t at = 1; at < length - 1; at++) {
        must(quoted[at] != '"' && (unsigned char)quoted[at] < 0x80);
        if (quoted[at] == '\\')
            at++;
        must(at < length - 1);
        quoted[to++] = quoted[at];
    }
    quoted[to] = '\0';
}

/* Sent, and named so by the server, it is the same. */
static void there_and_back(const char *name)
{
    char *wire = utf7_quoted(name);
    char again[MAILBOX_NAME_MAX + 1];
    bool is_inbox = strcasecmp(name, "INBOX") == 0;

    unquote(wire);
    must(utf7_decode(wire, again, sizeof again));
    must(strcmp(again, is_inbox ? "INBOX" : name) == 0);
    free(wire);
}

static void decode(const char *wire, size_t size)
{
    char *name = malloc(size); /* for the sanitizer to see its end */

    if (!name)
        abort();
    if (utf7_decode(wire, name, size)) {
        size_t length = strnlen(name, size);

        must(length > 0 && length < size && length <= MAILBOX_NAME_MAX);
        must(fuzz_is_clean(name)); /* a line end would end our command */
        there_and_back(name);
    }
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[size - 1] == '\n') /* seeds are files with a line */
        size--;
    char *text = fuzz_text(data, size);
    size_t length = strlen(text);

    decode(text, 1024);
    decode(text, 1 + length / 2);
    if (length > 0 && length <= MAILBOX_NAME_MAX && fuzz_is_clean(text))
        there_and_back(text);
    free(text);
    return 0;
}
