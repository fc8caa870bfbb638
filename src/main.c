/*
 * imappushd: watches mailboxes, and tells phones that there is something new.
 */
#include "base/log.h"
#include "base/sandbox.h"
#include "cli/cli.h"
#include "core/core.h"
#include "session/session.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    struct command_line line;

    sandbox_every_process();
    log_open();
    if (cli_parse(argc, argv, &line) < 0)
        return line.status;
    int status = line.action ? line.action(line.config)
                             : core_run(line.config, session_run);

    free(line.config);
    return status;
}
