/*
 * The keyring under a deadline.
 *
 * A provider that never answers must not hold anybody up, and not every call of
 * libsecret can be called off. So all of them are made in a thread, for which
 * nobody waits longer than 8 s (and what a get may wait beyond): the
 * program goes on without its answer, and takes the thread along when it ends.
 */
#ifndef IMAPPUSHD_CREDENTIAL_KEYRING_H
#define IMAPPUSHD_CREDENTIAL_KEYRING_H

#include "credential/question.h"

/* Each returns a status of base/credential.h, with err where it is not
 * CREDENTIAL_DONE (see service.h). The question must stay as it is for the
 * program's life. */

/* Where the keyring is locked, or missing on a bus that is there, waits up to
 * wait_s for a change. */
int keyring_get(const struct question *question, int wait_s,
                struct buffer *secret, struct error *err);
int keyring_store(const struct question *question, struct error *err);
int keyring_erase(const struct question *question, struct error *err);

#endif
