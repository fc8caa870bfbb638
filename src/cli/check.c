/*
 * The complaints of config_load(), the way compilers print theirs, so that an
 * editor can jump to the line.
 */
#include "cli/check.h"

#include "config/config.h"

#include <stdio.h>
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

int check_config(const char *path)
{
    struct error err;
    struct config *config = config_load(path, &err);
    size_t warnings = 0;

    if (!config) {
        printf("%s: error: %s\n", path, err.text);
        return EX_CONFIG;
    }
    for (const struct complaint *complaint = config->complaints; complaint;
         complaint = complaint->next) {
        print_complaint(complaint);
        warnings += !complaint->is_error;
    }
    size_t errors = config->error_count;

    print_sum(errors, warnings);
    config_unload(&config);
    return errors > 0 ? EX_CONFIG : EX_OK;
}
