#include "cli/cli.h"

#include "base/alloc.h"
#include "cli/check.h"
#include "cli/control.h"
#include "config/config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static const char help[] =
    "Usage: imappushd [-c FILE]\n"
    "       imappushd ACTION [-c FILE]\n"
    "\n"
    "Watches the mailboxes of your mail accounts and tells your phone, by a\n"
    "PUT of a growing version to its push URL, that there is something new.\n"
    "Without an action it runs in the foreground until SIGTERM or SIGINT;\n"
    "SIGHUP, too, reads the configuration again.\n"
    "\n"
    "Actions:\n"
    "  --check-config     say all that is wrong with the configuration\n"
    "  --check-now        let the daemon look at every connection and try\n"
    "                     what waits for its next try\n"
    "  --reload           let it read the configuration again\n"
    "  --help             this text\n"
    "  --version          the version\n"
    "\n"
    "Options:\n"
    "  -c, --config FILE  the main configuration file instead of\n"
    "                     $XDG_CONFIG_HOME/imappushd/imappushd.conf\n"
    "\n"
    "See imappushd(1) and imappushd.conf(5).\n";

enum { CHECK = 256, CHECK_NOW, RELOAD, HELP, VERSION };

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check-config", no_argument, NULL, CHECK},
    {"check-now", no_argument, NULL, CHECK_NOW},
    {"reload", no_argument, NULL, RELOAD},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {0},
};

static int leave(struct command_line *line, int status)
{
    free(line->config);
    line->config = NULL;
    line->status = status;
    return -1;
}

static int misused(struct command_line *line, const char *words)
{
    fprintf(stderr, "imappushd: %s; see imappushd --help\n", words);
    return leave(line, EX_USAGE);
}

int cli_parse(int argc, char **argv, struct command_line *line)
{
    int option;

    *line = (struct command_line){0};
    while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            free(line->config);
            line->config = xstrdup(optarg);
            break;
        case CHECK:
            line->action = check_config;
            break;
        case CHECK_NOW:
            line->action = control_check_now;
            break;
        case RELOAD:
            line->action = control_reload;
            break;
        case HELP:
            fputs(help, stdout);
            return leave(line, EX_OK);
        case VERSION:
            puts("imappushd " IMAPPUSHD_VERSION);
            return leave(line, EX_OK);
        default: /* getopt_long() has said what is wrong */
            return misused(line, "the command line was not understood");
        }
    }
    if (optind < argc)
        return misused(line, "too many words");
    if (!line->config)
        line->config = config_default_path();
    if (!line->config)
        return misused(line, "neither XDG_CONFIG_HOME nor HOME is set; use -c");
    return 0;
}
