#include "cli/colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool coloured;

void colour_choose(const struct command *command)
{
    const char *when = command_value(command, OPTION_COLOR);
    const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");

    if (when && strcmp(when, "auto") != 0)
        coloured = strcmp(when, "always") == 0;
    else
        coloured = isatty(STDOUT_FILENO) && !(none && *none) && terminal &&
                   strcmp(terminal, "dumb") != 0;
}

const char *colour_begin(enum colour colour)
{
    static const char *const codes[COLOURS] = {
        [COLOUR_GOOD] = "\033[32m",  [COLOUR_DOUBT] = "\033[33m",
        [COLOUR_BAD] = "\033[31m",   [COLOUR_FAINT] = "\033[2m",
        [COLOUR_STRONG] = "\033[1m",
    };

    return coloured ? codes[colour] : "";
}

const char *colour_end(void)
{
    return coloured ? "\033[0m" : "";
}
