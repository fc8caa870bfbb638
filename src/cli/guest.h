/*
 * Waiting for the mail of a phone that was invited.
 */
#ifndef IMAPPUSHD_CLI_GUEST_H
#define IMAPPUSHD_CLI_GUEST_H

#include "base/account.h"
#include "base/buffer.h"
#include "cli/invitation_code.h"

/* Tells the daemon whom to expect, and for how long: a descriptor to wait on,
 * or -1 with the exit status, said. */
int guest_announce(const struct invitation_code *code,
                   const struct account *account, int seconds, int *status);

/* Waits for a mail that the secret opens, and adds the subscription in it, a
 * line of JSON, to json. What does not open is said, and is no reason to stop
 * waiting. Returns the exit status: 0; 75 nobody came in time; 69. */
int guest_await(int daemon, const struct invitation_code *code,
                const struct account *account, int seconds,
                struct buffer *json);

#endif
