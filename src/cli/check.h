/*
 * --check-config: what is wrong with the configuration, for a person.
 */
#ifndef IMAPPUSHD_CLI_CHECK_H
#define IMAPPUSHD_CLI_CHECK_H

/* Reads the configuration at path and prints every error and warning on
 * standard output, as compilers do it, and a line that sums up. Opens no
 * connection. Returns the exit status: 0, or 78 (EX_CONFIG) with errors. */
int check_config(const char *path);

#endif
