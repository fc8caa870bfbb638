#include "cli/status.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/advice.h"
#include "cli/colour.h"
#include "cli/daemon.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* What the daemon would say if it could: that it does not run. */
static const char absent[] =
    "{\"version\":1,\"daemon\":null,\"accounts\":[],\"endpoints\":[]}\n";

/* The daemon's words and what this machine adds to them, as one object. */
static void add_advice(struct buffer *text, const struct answer *status)
{
    struct buffer more;
    struct json json;

    buffer_init(&more, SIZE_MAX / 2);
    json_start(&json, &more);
    advice_write(advice_here(), status, &json);
    text->length -= 2; /* "}" and LF */
    text->maximum = SIZE_MAX / 2;
    buffer_add_text(text, ",");
    buffer_add_text(text, more.data);
    buffer_add_text(text, "}\n");
    buffer_finish(&more);
}

static void print_status(const struct command *command, struct buffer *text)
{
    bool detail = command->operand || command_has(command, OPTION_VERBOSE);
    struct answer *status = answer_parse(text->data);

    add_advice(text, status);
    answer_destroy(&status);
    if (command_has(command, OPTION_JSON)) {
        fputs(text->data, stdout);
    } else if (!command_has(command, OPTION_QUIET)) {
        status = answer_parse(text->data);
        colour_choose(command);
        status_view_print(status, detail);
        answer_destroy(&status);
    }
}

/* No daemon: what there is to say without one. */
static void print_absence(const struct command *command,
                          const struct error *err)
{
    struct buffer text;
    struct error why;

    buffer_init(&text, SIZE_MAX / 2);
    buffer_add_text(&text, absent);
    print_status(command, &text);
    buffer_finish(&text);
    fprintf(stderr,
            "imappushd: %s; start it by: systemctl --user start imappushd (or "
            "imappushd, in a terminal)\n",
            err->text);
    struct config *config = config_load(command->config, &why);

    if (config && config->error_count > 0)
        fprintf(stderr, "imappushd: the configuration has errors, so it would "
                        "not start; see imappushd --check-config\n");
    config_unload(&config);
}

/* Asks; the exit status of that. */
static int ask(const struct command *command, struct buffer *text,
               struct error *err)
{
    const char *name = command->operand;

    if (!name)
        return daemon_ask("status", text, err);
    char *line = xasprintf("status %s", name);
    int status = daemon_ask(line, text, err);

    free(line);
    return status;
}

/* A name that cannot be one would not be understood. */
static bool is_name(const char *name)
{
    return strlen(name) < 256 && !text_has_control(name, strlen(name));
}

int status_show(const struct command *command)
{
    struct buffer text;
    struct error err;

    if (command->operand && !is_name(command->operand)) {
        fprintf(stderr, "imappushd: there is no account or endpoint of that "
                        "name\n");
        return EX_NOINPUT;
    }
    int result = ask(command, &text, &err);

    if (result == EX_OK) {
        struct answer *status = answer_parse(text.data);

        result = status_is_degraded(status) ? 1 : EX_OK;
        answer_destroy(&status);
        print_status(command, &text);
    } else if (result == EX_UNAVAILABLE) {
        print_absence(command, &err);
    } else {
        fprintf(stderr, "imappushd: %s\n", err.text);
    }
    buffer_finish(&text);
    return result;
}

/* ---- following ---- */

/* The first line says whether we may. */
static int judge_first(FILE *lines, char **line, size_t *size)
{
    struct error err = {0};
    int status = EX_UNAVAILABLE;

    if (getline(line, size, lines) > 0)
        status = daemon_judge(*line, &err);
    else
        error_set(&err, ERROR_LATER, "no-answer", "the daemon hung up");
    if (status != EX_OK)
        fprintf(stderr, "imappushd: %s\n", err.text);
    return status;
}

int status_follow(const struct command *command)
{
    struct error err;
    int fd = daemon_call("follow", &err);
    FILE *lines = fd >= 0 ? fdopen(fd, "r") : NULL;
    char *line = NULL;
    size_t size = 0;

    (void)command;
    if (!lines) {
        fprintf(stderr, "imappushd: %s\n", err.text);
        return EX_UNAVAILABLE;
    }
    int status = judge_first(lines, &line, &size);

    while (status == EX_OK && getline(&line, &size, lines) > 0) {
        if (fputs(line, stdout) == EOF || fflush(stdout) == EOF)
            break; /* nobody reads any more */
    }
    if (status == EX_OK && !ferror(stdout)) {
        fprintf(stderr, "imappushd: the daemon has ended\n");
        status = EX_UNAVAILABLE;
    }
    free(line);
    fclose(lines);
    return status;
}
