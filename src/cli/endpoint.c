#include "cli/endpoint_private.h"

#include "base/alloc.h"
#include "base/log.h"
#include "cli/control.h"
#include "cli/push.h"
#include "cli/store.h"
#include "cli/terminal.h"
#include "cli/output.h"
#include "config/name.h"
#include "config/nearest.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define FOLDER "endpoints.d"
#define TIMEOUT_MAX 600

/* ---- beginning ---- */

static int take_name(struct change *change)
{
    const struct command *command = change->command;
    struct buffer line;

    if (command->operand) {
        change->name = xstrdup(command->operand);
        return EX_OK;
    }
    if (command_has(command, OPTION_NO_INPUT) || !terminal_is_there())
        return command_misused("which endpoint? Give its name");
    buffer_init(&line, 256);
    if (terminal_line("Name of the endpoint, such as phone: ", &line) == 0 &&
        line.length > 0)
        change->name = xstrdup(line.data);
    buffer_finish(&line);
    return change->name ? EX_OK : command_misused("the endpoint needs a name");
}

static int take_timeout(struct change *change)
{
    const char *text = command_value(change->command, OPTION_TIMEOUT);
    char *end;

    change->patience_s = PUSH_PATIENCE_S;
    if (!text)
        return EX_OK;
    long seconds = strtol(text, &end, 10);

    if (!*text || *end || seconds < 1 || seconds > TIMEOUT_MAX)
        return command_misused("--timeout is a number of seconds from 1 to %d",
                               TIMEOUT_MAX);
    change->patience_s = (int)seconds;
    return EX_OK;
}

int change_begin(struct change *change, const struct command *command)
{
    struct error err;

    *change = (struct change){.command = command};
    buffer_init(&change->settings, 262144);
    buffer_init(&change->address.text, 0);
    signal(SIGPIPE, SIG_IGN); /* helpers may hang up */
    if (!command_has(command, OPTION_VERBOSE))
        log_fix_level(LOG_WARNING);
    int status = take_timeout(change);

    if (status == EX_OK)
        status = take_name(change);
    if (status != EX_OK)
        return status;
    const char *trouble = name_trouble(change->name);

    if (trouble)
        return command_misused("the name of an endpoint %s", trouble);
    change->conf = store_path(command->config, FOLDER, change->name, ".conf");
    change->url = store_path(command->config, FOLDER, change->name, ".url");
    change->json = store_path(command->config, FOLDER, change->name, ".json");
    change->present = config_load_staged(command->config, NULL, 0, &err);
    if (change->present)
        return EX_OK;
    fprintf(stderr, "imappushd: %s: %s\n", command->config, err.text);
    return EX_OSERR;
}

void change_finish(struct change *change)
{
    config_unload(&change->planned);
    config_unload(&change->present);
    address_finish(&change->address);
    buffer_finish(&change->settings);
    free(change->name);
    free(change->conf);
    free(change->url);
    free(change->json);
}

/* ---- what there is ---- */

const struct endpoint *change_find(const struct config *config,
                                   const char *name)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (strcmp(config->endpoints[i].name, name) == 0)
            return &config->endpoints[i];
    }
    return NULL;
}

int change_unknown(const struct change *change)
{
    const struct config *config = change->present;
    const char *nearest = NULL;
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < config->endpoint_count; i++) {
        size_t here = nearest_distance(config->endpoints[i].name, change->name);

        if (here < least) {
            least = here;
            nearest = config->endpoints[i].name;
        }
    }
    fprintf(stderr, "imappushd: there is no endpoint \"%s\"", change->name);
    if (nearest)
        fprintf(stderr, "; is \"%s\" meant?", nearest);
    fputs("\n", stderr);
    return EX_NOINPUT;
}

int change_bad_config(const struct change *change)
{
    for (const struct complaint *at = change->present->complaints; at;
         at = at->next) {
        if (at->is_error)
            fprintf(stderr, "imappushd: %s\n", at->text);
    }
    fputs("imappushd: the configuration has errors; nothing was changed\n",
          stderr);
    return EX_CONFIG;
}

/* ---- what there is to be ---- */

void change_stage(struct change *change, const char *path,
                  const struct buffer *text)
{
    change->files[change->file_count++] = (struct staged){path, text};
}

/* Is the complaint about a file that nobody has written yet? */
static bool is_ours(const struct change *change,
                    const struct complaint *complaint)
{
    for (size_t i = 0; i < change->file_count; i++) {
        const struct staged *file = &change->files[i];
        size_t length = strlen(file->path);

        if (file->text && strncmp(complaint->text, file->path, length) == 0 &&
            complaint->text[length] == ':')
            return true;
    }
    return false;
}

static void say(const struct change *change, const struct complaint *complaint)
{
    bool ours = is_ours(change, complaint);

    fprintf(stderr, "imappushd: %s%s\n", complaint->is_error ? "" : "warning: ",
            ours ? complaint->words : complaint->text);
    if (ours && strstr(complaint->words, "needs vapid_subject"))
        fprintf(stderr,
                "imappushd: add this line to %s, with your own address:\n"
                "    vapid_subject = \"mailto:you@example.org\";\n",
                change->command->config);
}

int change_check(struct change *change)
{
    struct error err;

    change->planned = config_load_staged(change->command->config, change->files,
                                         change->file_count, &err);
    if (!change->planned) {
        fprintf(stderr, "imappushd: %s: %s\n", change->command->config,
                err.text);
        return EX_OSERR;
    }
    for (const struct complaint *at = change->planned->complaints; at;
         at = at->next) {
        if (at->is_error || is_ours(change, at))
            say(change, at);
    }
    if (change->planned->error_count > 0) {
        fputs("imappushd: nothing was changed\n", stderr);
        return EX_CONFIG;
    }
    change->endpoint = change_find(change->planned, change->name);
    return EX_OK;
}

/* ---- trying it ---- */

static bool may_ask(const struct command *command)
{
    return !command_has(command, OPTION_NO_INPUT) && terminal_is_there();
}

int change_test(struct change *change, const char *question)
{
    const struct command *command = change->command;
    bool json = command_has(command, OPTION_JSON);
    struct error err;

    if (command_has(command, OPTION_NO_TEST) ||
        command_has(command, OPTION_DRY_RUN))
        return EX_OK;
    int status = push_test(change->present, change->endpoint,
                           change->patience_s, &change->trial, &err);

    change->tested = status == EX_OK;
    if (status == EX_OK) {
        status = push_status(&change->trial);
        if (!json || status != EX_OK)
            push_print(change->endpoint, &change->trial);
    } else {
        fprintf(stderr, "imappushd: no test push: %s\n", err.text);
    }
    if (status == EX_OK || command_has(command, OPTION_YES) ||
        (may_ask(command) && terminal_yes(question, false)))
        return EX_OK;
    fputs("imappushd: nothing was changed\n", stderr);
    return status;
}

/* ---- writing it ---- */

static void write_json(const struct change *change, const char *what,
                       bool reloaded)
{
    static const char *const kinds[] = {[ENDPOINT_PUT] = "put",
                                        [ENDPOINT_NTFY] = "ntfy",
                                        [ENDPOINT_WEBPUSH] = "webpush"};
    struct buffer out;
    struct json json;

    output_open(&json, &out);
    json_text(&json, "name", change->name);
    json_text(&json, "kind", kinds[change->endpoint->kind]);
    json_text(&json, "endpoint", change->endpoint->label);
    json_text(&json, "file", change->conf);
    json_truth(&json, what, !command_has(change->command, OPTION_DRY_RUN));
    json_truth(&json, "reloaded", reloaded);
    if (change->tested) {
        json_open_object(&json, "test");
        push_write(&change->trial, &json);
        json_close_object(&json);
    } else {
        json_null(&json, "test");
    }
    output_close(&json);
}

/* What would be written: settings as they are, secrets by their place. */
static void show_plan(const struct change *change)
{
    for (size_t i = 0; i < change->file_count; i++) {
        const struct staged *file = &change->files[i];

        printf("would write %s\n", file->path);
        if (file->text == &change->settings)
            printf("%s", change->settings.data);
    }
}

int change_write(struct change *change, const char *what, bool fresh)
{
    const struct command *command = change->command;
    bool json = command_has(command, OPTION_JSON), reloaded = false;
    bool quiet = command_has(command, OPTION_QUIET);
    int status = EX_OK;
    struct error err;

    if (command_has(command, OPTION_DRY_RUN)) {
        if (!json)
            show_plan(change);
    } else if (store_write(change->files, change->file_count, fresh, &err) <
               0) {
        fprintf(stderr, "imappushd: %s; nothing was changed\n", err.text);
        return EX_CANTCREAT;
    } else {
        if (!json && !quiet)
            printf("Endpoint \"%s\" was %s, at %s: %s\n", change->name, what,
                   change->endpoint->label, change->conf);
        status = control_tell(quiet, &reloaded);
    }
    if (json)
        write_json(change, what, reloaded);
    if (status == EX_OK && change->tested)
        status = push_status(&change->trial) == EX_OK ? EX_OK : 1;
    return status;
}
