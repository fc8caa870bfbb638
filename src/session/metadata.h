/*
 * Registrations among the server's annotations (METADATA, RFC 5464):
 *
 *     /private/vendor/vendor.imappushd/endpoint/NAME          a URL, or JSON
 *     /private/vendor/vendor.imappushd/endpoint/NAME/renewed  anything
 *     /private/vendor/vendor.imappushd/relay                  ours: JSON
 *
 * "vendor." begins the name of a vendor there (section 6.2.1).
 */
#ifndef IMAPPUSHD_SESSION_METADATA_H
#define IMAPPUSHD_SESSION_METADATA_H

#include "session/registration.h"

/* Adds what is there to the entries; nothing where the server does not offer
 * METADATA, or refuses: registration.metadata says which. 0, or -1 with err. */
int metadata_read(struct session *session, struct entries *entries,
                  struct error *err);

/* Says of us what the core wants said, if it was not said yet. 0, -1. */
int metadata_write(struct session *session, struct error *err);

/* What one METADATA response says, from behind its word to its end. */
void metadata_take(const char *at, const char *end, struct entries *entries);

/* Does a METADATA response that came unasked speak of registrations? */
bool metadata_tells(const char *at, const char *end);

#endif
