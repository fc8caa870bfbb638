#include "cli/control.h"

#include "cli/daemon.h"

#include <stdio.h>
#include <sysexits.h>

/* missing_is_fine: a daemon need not run. */
static int say(const char *line, bool missing_is_fine)
{
    struct buffer answer;
    struct error err;

    int status = daemon_ask(line, &answer, &err);

    buffer_finish(&answer);
    if (status != EX_OK && missing_is_fine && daemon_is_missing(&err))
        return EX_OK;
    if (status != EX_OK)
        fprintf(stderr, "imappushd: %s\n", err.text);
    return status;
}

int control_tell(void)
{
    return say("reload", true);
}

int control_reload(const struct command *command)
{
    (void)command;
    return say("reload", false);
}

int control_check_now(const struct command *command)
{
    (void)command;
    return say("check-now", false);
}
