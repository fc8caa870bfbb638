#include "cli/address.h"

#include "base/helper.h"
#include "base/spawn.h"
#include "cli/terminal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define ADDRESS_MAX 65536
/* The kernel cuts a line that is typed or pasted without a word (termios(3)).
 */
#define TERMINAL_LINE_MAX 4095
#define LINES_MAX 100
#define PROBE_MS 15000

static int say(int status, const char *words)
{
    fprintf(stderr, "imappushd: %s\n", words);
    return status;
}

/* ---- from standard input ---- */

static int read_input(struct buffer *text)
{
    ssize_t got;
    char *room;

    while ((room = buffer_room(text, 4096)) != NULL) {
        got = read(STDIN_FILENO, room, 4096);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return say(EX_NOINPUT, strerror(errno));
        if (got == 0)
            return EX_OK;
        text->length += (size_t)got;
        text->data[text->length] = '\0';
    }
    return say(EX_DATAERR, "that is longer than any push URL or subscription");
}

/* ---- from the terminal ---- */

/* JSON may be pasted with line feeds: is there more to come? */
static bool is_open(const char *text)
{
    bool quoted = false;
    int depth = 0;

    for (; *text; text++) {
        if (quoted && *text == '\\' && text[1])
            text++;
        else if (*text == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (*text == '{') - (*text == '}');
    }
    return depth > 0;
}

static int ask_person(const char *words, struct buffer *text)
{
    struct buffer line;
    bool first = true;

    for (int i = 0; i < LINES_MAX && (first || is_open(text->data)); i++) {
        buffer_init(&line, TERMINAL_LINE_MAX + 1);
        if (terminal_line(first ? words : "", &line) < 0) {
            buffer_finish(&line);
            return say(EX_NOINPUT, "nothing was given; nothing was changed");
        }
        if (line.length >= TERMINAL_LINE_MAX - 1) {
            buffer_finish(&line);
            return say(EX_DATAERR, "a terminal takes no line as long as that; "
                                   "use --url-stdin or --subscription-stdin");
        }
        buffer_add(text, line.data ? line.data : "", line.length);
        buffer_finish(&line);
        first = false;
        if (!text->data || text->data[strspn(text->data, " \t")] != '{')
            break;
        buffer_add_text(text, "\n");
    }
    return EX_OK;
}

/* ---- */

/* Without blanks around it, and with a line feed. */
static void tidy(struct buffer *text)
{
    size_t blanks = 0;

    while (text->length > 0 &&
           isspace((unsigned char)text->data[text->length - 1]))
        text->data[--text->length] = '\0';
    while (blanks < text->length && isspace((unsigned char)text->data[blanks]))
        blanks++;
    buffer_drop(text, blanks);
    if (text->length > 0)
        buffer_add_text(text, "\n");
}

static int judge(struct address *address)
{
    const struct buffer *text = &address->text;

    if (text->length == 0)
        return say(EX_DATAERR, "nothing was given; nothing was changed");
    address->is_subscription = text->data[0] == '{';
    if (!address->is_subscription &&
        memchr(text->data, '\n', text->length) != text->data + text->length - 1)
        return say(EX_DATAERR, "a push URL is one line");
    return EX_OK;
}

int address_read(const struct command *command, const char *name,
                 struct address *address)
{
    bool url = command_has(command, OPTION_URL_STDIN);
    bool subscription = command_has(command, OPTION_SUBSCRIPTION_STDIN);
    char words[300];
    int status;

    *address = (struct address){.is_subscription = false};
    buffer_init(&address->text, ADDRESS_MAX);
    if (url && subscription)
        return command_misused("--url-stdin and --subscription-stdin are two "
                               "ways of one address");
    if (!url && !subscription &&
        (command_has(command, OPTION_NO_INPUT) || !terminal_is_there()))
        return command_misused("there is nobody to ask for the push URL: give "
                               "--url-stdin or --subscription-stdin");
    snprintf(words, sizeof words,
             "Push URL (or subscription, in JSON) that \"%s\" got: ", name);
    status = url || subscription ? read_input(&address->text)
                                 : ask_person(words, &address->text);
    tidy(&address->text);
    if (status == EX_OK)
        status = judge(address);
    if (status == EX_OK && subscription && !address->is_subscription)
        return say(EX_DATAERR, "a subscription is an object of JSON: "
                               "{\"endpoint\":...,\"keys\":{...}}");
    return status;
}

void address_finish(struct address *address)
{
    buffer_finish(&address->text);
}

bool address_is_ntfy(const struct address *address)
{
    char *courier = helper_path("courier");
    const char *argv[] = {courier, "--probe", NULL};
    struct buffer output, words;
    struct error err;

    buffer_init(&output, 256);
    buffer_init(&words, 256);
    int status =
        spawn_with_input(argv, &address->text, PROBE_MS, &output, &words, &err);
    bool is = status == 0 && output.data && strcmp(output.data, "ntfy\n") == 0;

    buffer_finish(&output);
    buffer_finish(&words);
    free(courier);
    return is;
}
