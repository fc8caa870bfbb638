/*
 * Runs a command of the user's and collects what it prints.
 *
 * The command gets a process group of its own, led by a guard: a small process
 * that does nothing but wait for it. When the caller dies, however, the guard
 * is told (PDEATHSIG) and takes the whole group with it, so that nothing of
 * "sh -c 'a | b'" is left behind.
 */
#ifndef IMAPPUSHD_BASE_SPAWN_H
#define IMAPPUSHD_BASE_SPAWN_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>

/*
 * argv[0] is looked up in PATH; standard input is /dev/null. Waits until the
 * command itself has ended (not for what it left in the background), at most
 * patience_ms, then kills the group. What it printed is added to out and
 * diagnostics up to their maxima; past the maximum of out the command is
 * killed. Where diagnostics is null they go where ours do. Returns the exit
 * status (128 + n for a signal), or -1 with err, whose text starts after
 * "COMMAND ".
 */
int spawn_command(const char *const *argv, int64_t patience_ms,
                  struct buffer *out, struct buffer *diagnostics,
                  struct error *err);

/* The same, with input on standard input, which then ends. Its caller ignores
 * SIGPIPE: a command need not read it all. */
int spawn_with_input(const char *const *argv, const struct buffer *input,
                     int64_t patience_ms, struct buffer *out,
                     struct buffer *diagnostics, struct error *err);

#endif
