/*
 * The complaints of config_load(), the way compilers print theirs, so that an
 * editor can jump to the line.
 */
#include "cli/check.h"
#include "cli/output.h"

#include "base/json.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* "FILE:LINE: error: words", which editors can jump to. */
static void print_complaint(const struct complaint *complaint)
{
    int place = (int)(complaint->words - complaint->text);

    printf("%.*s%s: %s\n", place, complaint->text,
           complaint->is_error ? "error" : "warning", complaint->words);
}

static void print_sum(size_t errors, size_t warnings)
{
    if (errors > 0)
        printf("%zu error%s, ", errors, errors == 1 ? "" : "s");
    else
        printf("configuration OK%s", warnings > 0 ? ", " : "");
    if (errors > 0 || warnings > 0)
        printf("%zu warning%s", warnings, warnings == 1 ? "" : "s");
    printf("\n");
}

/* The place in front of the words: "FILE:LINE: ", "FILE: ", or nothing. */
static void write_place(struct json *json, const struct complaint *complaint)
{
    size_t length = (size_t)(complaint->words - complaint->text);
    char *file = strndup(complaint->text, length > 2 ? length - 2 : 0);
    char *colon = file ? strrchr(file, ':') : NULL;
    long line = 0;

    if (colon && colon[1] &&
        strspn(colon + 1, "0123456789") == strlen(colon + 1)) {
        line = strtol(colon + 1, NULL, 10);
        *colon = '\0';
    }
    json_text(json, "file", file ? file : "");
    if (line > 0)
        json_number(json, "line", line);
    else
        json_null(json, "line");
    free(file);
}

static void write_complaint(struct json *json,
                            const struct complaint *complaint)
{
    json_open_object(json, NULL);
    json_text(json, "level", complaint->is_error ? "error" : "warning");
    write_place(json, complaint);
    json_text(json, "text", complaint->words);
    json_close_object(json);
}

static void print_json(const struct config *config)
{
    struct buffer out;
    struct json json;

    output_open(&json, &out);
    json_truth(&json, "ok", config->error_count == 0);
    json_open_array(&json, "complaints");
    for (const struct complaint *complaint = config->complaints; complaint;
         complaint = complaint->next)
        write_complaint(&json, complaint);
    json_close_array(&json);
    output_close(&json);
}

static void print_text(const struct config *config)
{
    size_t warnings = 0;

    for (const struct complaint *complaint = config->complaints; complaint;
         complaint = complaint->next) {
        print_complaint(complaint);
        warnings += !complaint->is_error;
    }
    print_sum(config->error_count, warnings);
}

int check_config(const struct command *command)
{
    struct error err;
    struct config *config = config_load(command->config, &err);

    if (!config) {
        fprintf(stderr, "imappushd: %s: %s\n", command->config, err.text);
        return EX_CONFIG;
    }
    if (command_has(command, OPTION_JSON))
        print_json(config);
    else
        print_text(config);
    size_t errors = config->error_count;

    config_unload(&config);
    return errors > 0 ? EX_CONFIG : EX_OK;
}
