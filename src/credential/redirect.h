/*
 * How the browser comes back: to a port of this machine that nobody else
 * listens on (RFC 8252 section 7.3), or by the hand of a person who pastes the
 * address that the browser could not open.
 */
#ifndef IMAPPUSHD_CREDENTIAL_REDIRECT_H
#define IMAPPUSHD_CREDENTIAL_REDIRECT_H

#include "base/error.h"

#include <stdint.h>

#define REDIRECT_CODE_MAX 4096

/* What the address says that it came back with; texts in `text`, which is
 * owned; null where it does not say. */
struct redirect {
    char *text;
    const char *state, *code, *error, *iss;
};

/* Listens on 127.0.0.1, on a free port for 0: a descriptor, and the port; or -1
 * with err. */
int redirect_listen(int *port, struct error *err);

/*
 * Waits until the browser comes, or a line is typed at the descriptor input
 * (-1: none), with this state: 0, or -1 with err when it is not there by end_ms
 * (CLOCK_BOOTTIME). Whatever has another state is answered, and passed over.
 */
int redirect_wait(int listener, int input, const char *state, int64_t end_ms,
                  struct redirect *redirect, struct error *err);
void redirect_finish(struct redirect *redirect);

/* Takes apart what stands behind "?" in text, whatever it is. */
void redirect_read(struct redirect *redirect, const char *text);

#endif
