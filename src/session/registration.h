/*
 * Endpoints that a mail app registers at its own mail server, so that it need
 * not know us, nor we it: imappushd-register(7).
 *
 * Two places are looked into, after each login, at every refresh, and when the
 * server tells that something changed there: the server's annotations
 * (METADATA, RFC 5464), and a mailbox of the name "imappushd". What is found is
 * told to the core as it stands; a name that is in both counts once.
 */
#ifndef IMAPPUSHD_SESSION_REGISTRATION_H
#define IMAPPUSHD_SESSION_REGISTRATION_H

#include "base/error.h"
#include "session/look.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;

/* The mailbox; servers may want it below INBOX. */
#define REGISTRATION_MAILBOX "imappushd"

#define REGISTRATION_NAME_MAX 64
#define REGISTRATION_VALUE_MAX 8192
/* More of an account are not looked at. */
#define REGISTRATIONS_MAX 100

/* One that was found. */
struct entry {
    char *name;    /* lower case; these three are owned */
    char *value;   /* null as long as only another part was seen */
    char *renewed; /* null: nothing is said */
};

struct entries {
    struct entry *list;
    size_t count;
};

/* The part of a session that is about this. */
struct registration {
    bool told;     /* the server says that something changed */
    char *relay;   /* what is to be said of us; owned; null: nothing new */
    bool metadata; /* it takes that */
    char *mailbox; /* the name it has here; owned; null: there is none */
    struct glimpse glimpse; /* of the mailbox, when it was read */
    int64_t messages;
    struct entries letters; /* what was in it */
};

/* Is this session the one that looks for them? */
bool registration_is_wanted(const struct session *session);

/* Reads both places, and tells the core. Another mailbox may be selected then,
 * or none. 0, or -1 with err where the connection is of no more use. */
int registration_read(struct session *session, struct error *err);

/* Does that name, as LIST or STATUS have it, belong to our mailbox? */
bool registration_is_mailbox(const char *name);

/* ---- for the places ---- */

/* Folds a name in place; false where it cannot be one: 1 to 64 of a-z, 0-9,
 * dot, hyphen and underscore. */
bool registration_name(char *name);

/* The entry of that name (which is good), a new one perhaps; null where there
 * are too many. */
struct entry *entries_find(struct entries *entries, const char *name);
void entries_finish(struct entries *entries);

#endif
