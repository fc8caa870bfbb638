/*
 * What a server must not say back to us, to be logged or shown.
 *
 * Some servers repeat a command that they do not like in their refusal, and
 * the refusal goes to the log and to the status. So while a password is on its
 * way, replies that hold it, as it is or as it was sent, lose their words.
 */
#ifndef IMAPPUSHD_SESSION_ECHO_H
#define IMAPPUSHD_SESSION_ECHO_H

#include "base/buffer.h"
#include "session/reader.h"

#include <stdbool.h>

struct echo {
    struct buffer secrets; /* each ends in a NUL */
};

void echo_init(struct echo *echo);

/* Wipes what it knows; it may be used again. */
void echo_finish(struct echo *echo);

/* From now on replies with this text, or with a part of it, are hidden. */
void echo_expect(struct echo *echo, const char *secret);

/* Is one of them, or a part of it, in the text? */
bool echo_holds(const struct echo *echo, const char *text);

/* Puts words of ours in the place of a status that holds a secret. A "+" is
 * left alone: it is not for people, and may well begin like our own answer. */
void echo_hide(const struct echo *echo, struct reply *reply);

#endif
