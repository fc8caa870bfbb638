/*
 * Asking a person, on the terminal whatever standard input and output are.
 */
#ifndef IMAPPUSHD_CLI_TERMINAL_H
#define IMAPPUSHD_CLI_TERMINAL_H

#include "base/buffer.h"

#include <stdbool.h>

/* Is there a person to ask? Not where neither standard input nor standard error
 * is a terminal, as in a script or a service. */
bool terminal_is_there(void);

/* Shows the words and adds the line that is typed, without its end: 0, or -1
 * when there is none (end of file). */
int terminal_line(const char *words, struct buffer *line);

/*
 * The same for a secret: what is typed does not show. A signal that would end
 * or stop the program (^C, ^Z, SIGTERM, SIGHUP) first finds the terminal as it
 * was; after a stop the question is asked again.
 */
int terminal_secret(const char *words, struct buffer *secret);

/* A question to be answered by yes or no; only Return is usual. No at the end
 * of file. */
bool terminal_yes(const char *question, bool usual);

#endif
