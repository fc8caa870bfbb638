#include "cli/settings.h"

#include "base/helper.h"
#include "base/spawn.h"
#include "base/text.h"
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define PATIENCE_MS 20000
#define TEXT_MAX 32768

/* ---- may Mozilla be asked? ---- */

/* Who wrote that it may not, and a mistake elsewhere, still meant it. */
static bool judge_config(const struct config *config)
{
    if (config->error_count > 0)
        fprintf(stderr, "imappushd: the configuration has errors (see "
                        "--check-config), so Mozilla's database is not "
                        "asked\n");
    return config->error_count == 0 && config->discovery_ispdb;
}

static bool may_ask_mozilla(const char *path)
{
    struct error err;

    if (access(path, F_OK) < 0 && errno == ENOENT) /* nothing is set up yet */
        return true;
    struct config *config = config_load(path, &err);
    bool may = config && judge_config(config);

    config_unload(&config);
    return may;
}

/* ---- what the program says ---- */

/* A stranger may have taken it over: nothing that a terminal or a file should
 * not see. */
static int read_lines(struct settings *settings)
{
    char *text = settings->text.data;
    size_t length = settings->text.length;

    if (length == 0 || text[length - 1] != '\n' || !text_is_utf8(text, length))
        return -1;
    for (char *at = text; at < text + length; at++) {
        char *end = memchr(at, '\n', (size_t)(text + length - at));

        if (text_has_control(at, (size_t)(end - at)))
            return -1;
        *end = '\0';
        at = end;
    }
    return 0;
}

const char *settings_value_at(const struct settings *settings, const char *key,
                              size_t index)
{
    const char *line = settings->text.data;
    const char *end = line ? line + settings->text.length : NULL;
    size_t length = strlen(key);

    for (; line < end; line += strlen(line) + 1) {
        if (strncmp(line, key, length) == 0 && line[length] == '=' &&
            index-- == 0)
            return line + length + 1;
    }
    return NULL;
}

const char *settings_value(const struct settings *settings, const char *key)
{
    return settings_value_at(settings, key, 0);
}

const char *settings_source(const struct settings *settings)
{
    static const struct {
        const char *found, *words;
    } known[] = {
        {"provider", "found in"},
        {"mx", "found in providers.conf:"},
        {"autoconfig", "told by the domain itself:"},
        {"srv", "told by name servers:"},
        {"ispdb", "told by"},
        {"guess", "found by trying:"},
    };
    const char *found = settings_value(settings, "found");

    for (size_t i = 0; found && i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].found, found) == 0)
            return known[i].words;
    }
    return "";
}

/* What an account cannot be without. */
static bool is_complete(const struct settings *settings)
{
    return settings_value(settings, "host") &&
           settings_value(settings, "port") &&
           settings_value(settings, "tls") &&
           settings_value(settings, "user") &&
           settings_value(settings, "auth") &&
           settings_value(settings, "source");
}

static int judge(struct settings *settings, int status, struct error *err)
{
    const char *words;

    if (status == EX_CONFIG || status == EX_OSERR) { /* it has said why */
        error_set(err, ERROR_PERSON, "discover",
                  "settings cannot be looked for");
        return status;
    }
    if (read_lines(settings) == 0) {
        if (status == EX_OK && is_complete(settings))
            return EX_OK;
        words = settings_value(settings, "error");
        if (words && status != EX_OK) {
            error_set(err, ERROR_PERSON, "discover", "%s", words);
            return status;
        }
    }
    error_set(err, ERROR_NOW, "discover",
              "the program that looks for settings ended with status %d",
              status);
    return EX_SOFTWARE;
}

int settings_find(struct settings *settings, const struct command *command,
                  const char *address, struct error *err)
{
    char *program = helper_path("discover");
    const char *argv[5] = {program};
    size_t count = 1;

    buffer_init(&settings->text, TEXT_MAX);
    if (command_has(command, OPTION_VERBOSE))
        argv[count++] = "-v";
    else if (command_has(command, OPTION_QUIET))
        argv[count++] = "-q";
    if (!may_ask_mozilla(command->config))
        argv[count++] = "--no-ispdb";
    argv[count] = address;
    int status = spawn_command(argv, PATIENCE_MS, &settings->text, NULL, err);

    free(program);
    if (status >= 0)
        return judge(settings, status, err);
    error_prefix(err, "the program that looks for settings ");
    return EX_SOFTWARE;
}

void settings_finish(struct settings *settings)
{
    buffer_finish(&settings->text);
}
