/*
 * The two stores as one: the keyring counts, then the file store.
 */
#ifndef IMAPPUSHD_CREDENTIAL_STORES_H
#define IMAPPUSHD_CREDENTIAL_STORES_H

#include "credential/question.h"

/* Each returns a status of base/credential.h, with err where it is not
 * CREDENTIAL_DONE. The question must stay as it is for the program's life
 * (keyring.h). */

/* store: where it was found, "keyring" or "file". */
int stores_get(const struct question *question, struct buffer *secret,
               const char **store, struct error *err);
int stores_put(const struct question *question, struct error *err);
int stores_erase(const struct question *question, struct error *err);

#endif
