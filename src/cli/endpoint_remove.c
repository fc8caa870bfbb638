/*
 * --remove-endpoint and --test-push.
 */
#include "cli/endpoint_private.h"

#include "cli/control.h"
#include "cli/push.h"
#include "cli/store.h"
#include "cli/terminal.h"
#include "cli/output.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>

static bool is_there(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

/* ---- --remove-endpoint ---- */

/* First the settings, without which the rest means nothing. */
static int find_files(struct change *change)
{
    const char *const paths[] = {change->conf, change->url, change->json};

    for (size_t i = 0; i < 3; i++) {
        if (is_there(paths[i]))
            change_stage(change, paths[i], NULL);
    }
    if (change->file_count > 0)
        return EX_OK;
    if (!change_find(change->present, change->name))
        return change->present->error_count > 0 ? change_bad_config(change)
                                                : change_unknown(change);
    fprintf(stderr,
            "imappushd: endpoint \"%s\" is in %s, which is yours alone: remove "
            "it there, then imappushd --reload\n",
            change->name, change->command->config);
    return EX_CONFIG;
}

static int ask_person(const struct change *change)
{
    const struct command *command = change->command;
    const struct endpoint *endpoint =
        change_find(change->present, change->name);
    char words[400];

    if (command_has(command, OPTION_YES) ||
        command_has(command, OPTION_DRY_RUN))
        return EX_OK;
    if (command_has(command, OPTION_NO_INPUT) || !terminal_is_there())
        return command_misused("there is nobody to ask whether to remove "
                               "\"%s\": give --yes",
                               change->name);
    snprintf(words, sizeof words, "Remove endpoint \"%s\"%s%s%s?", change->name,
             endpoint ? " (" : "", endpoint ? endpoint->label : "",
             endpoint ? ")" : "");
    if (terminal_yes(words, false))
        return EX_OK;
    fputs("imappushd: nothing was changed\n", stderr);
    return 1;
}

/* What was wrong before may stay so, but a rule that names it must not break.
 */
static int check_rest(struct change *change)
{
    return change->present->error_count > 0 ? EX_OK : change_check(change);
}

static void report(const struct change *change, bool reloaded)
{
    bool dry = command_has(change->command, OPTION_DRY_RUN);
    struct buffer out;
    struct json json;

    output_open(&json, &out);
    json_text(&json, "name", change->name);
    json_truth(&json, "removed", !dry);
    json_truth(&json, "reloaded", reloaded);
    json_open_array(&json, "files");
    for (size_t i = 0; i < change->file_count; i++)
        json_text(&json, NULL, change->files[i].path);
    json_close_array(&json);
    json_close_object(&json);
    if (command_has(change->command, OPTION_JSON))
        puts(out.data);
    else if (!command_has(change->command, OPTION_QUIET))
        for (size_t i = 0; i < change->file_count; i++)
            printf("%s %s\n", dry ? "would remove" : "removed",
                   change->files[i].path);
    buffer_finish(&out);
}

static int remove_files(struct change *change)
{
    bool dry = command_has(change->command, OPTION_DRY_RUN), reloaded = false;
    int status = find_files(change);
    struct error err;

    if (status == EX_OK)
        status = check_rest(change);
    if (status == EX_OK)
        status = ask_person(change);
    if (status != EX_OK)
        return status;
    if (!dry &&
        store_write(change->files, change->file_count, false, &err) < 0) {
        fprintf(stderr, "imappushd: %s\n", err.text);
        return EX_CANTCREAT;
    }
    if (!dry)
        status = control_tell(true, &reloaded);
    report(change, reloaded);
    return status;
}

int endpoint_remove(const struct command *command)
{
    struct change change;
    int status = change_begin(&change, command);

    if (status == EX_OK)
        status = remove_files(&change);
    change_finish(&change);
    return status;
}

/* ---- --test-push ---- */

static void print_test(const struct change *change,
                       const struct endpoint *endpoint)
{
    struct buffer out;
    struct json json;

    if (!command_has(change->command, OPTION_JSON)) {
        push_print(endpoint, &change->trial);
        return;
    }
    output_open(&json, &out);
    json_text(&json, "name", change->name);
    json_text(&json, "endpoint", endpoint->label);
    push_write(&change->trial, &json);
    output_close(&json);
}

static int test(struct change *change)
{
    struct error err;

    if (change->present->error_count > 0)
        return change_bad_config(change);
    const struct endpoint *endpoint =
        change_find(change->present, change->name);

    if (!endpoint)
        return change_unknown(change);
    if (command_has(change->command, OPTION_DRY_RUN)) {
        printf("would push to %s\n", endpoint->label);
        return EX_OK;
    }
    int status = push_test(change->present, endpoint, change->patience_s,
                           &change->trial, &err);

    if (status != EX_OK) {
        fprintf(stderr, "imappushd: %s\n", err.text);
        return status;
    }
    print_test(change, endpoint);
    return push_status(&change->trial);
}

int endpoint_test(const struct command *command)
{
    struct change change;
    int status = change_begin(&change, command);

    if (status == EX_OK)
        status = test(&change);
    change_finish(&change);
    return status;
}
