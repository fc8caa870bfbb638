/*
 * imappushd: watches mailboxes, and tells phones that there is something new.
 */
#include "base/log.h"
#include "base/sandbox.h"
#include "cli/action.h"
#include "core/core.h"
#include "session/session.h"

#include <signal.h>

/* For the daemon; actions have words of their own. */
static void set_level(const struct command *command)
{
    if (command_has(command, OPTION_VERBOSE))
        log_fix_level(LOG_DEBUG);
    else if (command_has(command, OPTION_QUIET))
        log_fix_level(LOG_WARNING);
}

int main(int argc, char **argv)
{
    struct command command;

    sandbox_every_process();
    log_open();
    if (command_parse(argc, argv, &command) < 0)
        return command.status;
    set_level(&command);
    signal(SIGPIPE, SIG_IGN); /* who hangs up on us is noticed by an error */
    command.session = session_run;
    int status = command.action ? command.action->run(&command)
                                : core_run(command.config, session_run);

    command_finish(&command);
    return status;
}
