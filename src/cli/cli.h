/*
 * The command line: which action, on which configuration.
 */
#ifndef IMAPPUSHD_CLI_CLI_H
#define IMAPPUSHD_CLI_CLI_H

struct command_line {
    char *config; /* the main file; owned: free() it */
    /* Does one thing with the configuration and returns the exit status; null
     * to run the daemon. */
    int (*action)(const char *config);
    int status; /* where there is nothing more to do */
};

/* 0; -1 when the process should leave with line->status (sysexits): help or
 * version were printed, or the command line was not understood (said). */
int cli_parse(int argc, char **argv, struct command_line *line);

#endif
