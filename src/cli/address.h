/*
 * What a phone gave to its owner: a push URL, or a subscription (the
 * PushSubscription of the Push API, as JSON). A capability: it comes by
 * standard input or from the terminal, never by the command line, and is shown
 * nowhere.
 */
#ifndef IMAPPUSHD_CLI_ADDRESS_H
#define IMAPPUSHD_CLI_ADDRESS_H

#include "base/buffer.h"
#include "cli/command.h"

#include <stdbool.h>

struct address {
    struct buffer text;   /* a line, or JSON; ends in a line feed */
    bool is_subscription; /* it begins with a brace */
};

/* Reads it from where the command says, or asks. Returns the exit status: 0; 64
 * or 65 when that was said why. The caller finishes it in any case. */
int address_read(const struct command *command, const char *name,
                 struct address *address);
void address_finish(struct address *address);

/* What the server behind the URL is, by a look that pushes nothing: true for an
 * ntfy server. */
bool address_is_ntfy(const struct address *address);

#endif
