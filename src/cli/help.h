/*
 * --help.
 */
#ifndef IMAPPUSHD_CLI_HELP_H
#define IMAPPUSHD_CLI_HELP_H

/* Prints what the program is, and the actions and options that there are, on
 * standard output. */
void help_print(void);

#endif
