/*
 * What a FETCH response says of a message: the part of libetpan's home that
 * knows about messages. For session/response only.
 */
#ifndef IMAPPUSHD_SESSION_FETCH_H
#define IMAPPUSHD_SESSION_FETCH_H

#include "session/response.h"

struct mailimap_msg_att;

/* Teaches libetpan SAVEDATE (RFC 8514) and EMAILID (RFC 8474), which it would
 * not understand otherwise. Once. */
void fetch_register(void);

/* Copies what we need; false for what cannot be. reply is what was parsed. */
bool fetch_take(const struct mailimap_msg_att *attributes,
                const struct reply *reply, struct response *response);

#endif
