/*
 * The daemon that runs, if one does: a word to it by its control socket, and
 * its answer.
 */
#ifndef IMAPPUSHD_CLI_DAEMON_H
#define IMAPPUSHD_CLI_DAEMON_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>

/* Connects, and says a line (without its LF): a descriptor to read the answer
 * from; or -1, with err, where no daemon listens. */
int daemon_call(const char *line, struct error *err);

/*
 * Says a line and takes the whole answer; buffer_finish() it in any case.
 * Returns the exit status: 0; or with err, whose text says what to do: 69 when
 * no daemon runs or answers, and for an answer that says what is wrong 66 (no
 * such name), 75 (too many follow, or no answer in time), 76 (another version),
 * 78 (the configuration).
 */
int daemon_ask(const char *line, struct buffer *answer, struct error *err);

/* The same for an answer that may take longer. */
int daemon_ask_within(const char *line, int patience_s, struct buffer *answer,
                      struct error *err);

/* The same for a line of an answer: 0 unless it says what is wrong. */
int daemon_judge(const char *answer, struct error *err);

/* Does the error say that there is no daemon to speak to? */
bool daemon_is_missing(const struct error *err);

#endif
