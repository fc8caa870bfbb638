#include "cli/control.h"

#include "cli/daemon.h"

#include <stdio.h>
#include <sysexits.h>

static int say(const char *line)
{
    struct buffer answer;
    struct error err;

    int status = daemon_ask(line, &answer, &err);

    if (status != EX_OK)
        fprintf(stderr, "imappushd: %s\n", err.text);
    buffer_finish(&answer);
    return status;
}

int control_tell(bool quiet, bool *reloaded)
{
    struct buffer answer;
    struct error err;
    int status = daemon_ask("reload", &answer, &err);

    buffer_finish(&answer);
    if (reloaded)
        *reloaded = status == EX_OK;
    if (status == EX_OK)
        return EX_OK;
    if (!daemon_is_missing(&err)) {
        fprintf(stderr, "imappushd: the daemon that runs did not take it: %s\n",
                err.text);
        return 1;
    }
    if (!quiet)
        fputs("No daemon runs; it counts from its next start.\n", stderr);
    return EX_OK;
}

int control_reload(const struct command *command)
{
    (void)command;
    return say("reload");
}

int control_check_now(const struct command *command)
{
    (void)command;
    return say("check-now");
}
