#include "discover/step.h"

#include "base/alloc.h"
#include "base/text.h"
#include "discover/autoconfig.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool progress;

void step_show_progress(bool show)
{
    progress = show;
}

void step_settle(struct step *step, enum outcome outcome, const char *format,
                 ...)
{
    char words[512];
    va_list arguments;

    step->outcome = outcome;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    if (!progress)
        return;
    char *line = xasprintf("  %s %s", step->place, words);

    text_sanitise(line); /* names and libcurl's words come from strangers */
    fprintf(stderr, "%s\n", line);
    free(line);
}

void step_finish(struct step *step)
{
    free(step->place);
    free(step->told);
    finding_finish(&step->finding);
    autoconfig_destroy(&step->autoconfig);
    *step = (struct step){0};
}
