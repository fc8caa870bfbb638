/*
 * Registrations in a mailbox named "imappushd", for servers without METADATA:
 * each is a message that the app appends.
 *
 *     Subject: NAME
 *     Content-Type: application/json
 *
 *     {"endpoint":"https://...","keys":{...}}
 *
 * The newest of a name counts; an older one that is still there does not. A
 * message with a Received field was delivered, so it is somebody else's and
 * ignored: only who can log in can append. Nothing is changed here.
 */
#ifndef IMAPPUSHD_SESSION_LETTERBOX_H
#define IMAPPUSHD_SESSION_LETTERBOX_H

#include "session/registration.h"

/* Reads the mailbox if it is there and changed, into registration.letters.
 * Another mailbox than before may be selected then. 0, or -1 with err. */
int letterbox_read(struct session *session, struct error *err);

/* What a message says, from its header on: adds it to the entries, with the UID
 * as what changes when it is registered again. False for what is none. */
bool letterbox_take(const char *message, size_t length, int64_t uid,
                    struct entries *letters);

#endif
