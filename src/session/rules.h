/*
 * Is a message a delivery that somebody wants to hear of? Pure: no I/O, no
 * clock.
 */
#ifndef IMAPPUSHD_SESSION_RULES_H
#define IMAPPUSHD_SESSION_RULES_H

#include "session/response.h"

#include <stdbool.h>

/* What a look asks of each message; the one list behind every FETCH and every
 * NOTIFY. Nothing here marks a message as seen. */
#define RULES_ATTRIBUTES "UID FLAGS INTERNALDATE"

/* Only a positive sign says no: \Seen, \Deleted, \Draft. What is missing from
 * the response speaks for the message. */
bool rules_want(const struct response *fetch);

#endif
