/*
 * The keyring: the Secret Service of freedesktop.org, through libsecret.
 *
 * None of this ever raises a prompt: there may be nobody to answer it, and
 * libsecret's calls then block for ever. What a provider cannot unlock without
 * one is locked. Each call to a provider has a time limit of its own, but some
 * of libsecret's do not honour it: who calls this has another (keyring.c).
 */
#ifndef IMAPPUSHD_CREDENTIAL_SERVICE_H
#define IMAPPUSHD_CREDENTIAL_SERVICE_H

#include "credential/question.h"

#include <gio/gio.h>

/* The session bus; null with err where there is none. It is never started. */
GDBusConnection *service_bus(struct error *err);

/*
 * Each returns a status of base/credential.h, with err where it is not
 * CREDENTIAL_DONE. LOCKED is also what cannot be found while a part of the
 * keyring is locked, because some providers show nothing of what is in there:
 * then the code of err is "perhaps", else "locked".
 */
int service_get(const struct question *question, struct buffer *secret,
                struct error *err);
int service_store(const struct question *question, struct error *err);
int service_erase(const struct question *question, struct error *err);

#endif
