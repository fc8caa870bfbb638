/*
 * The file store: a file for each account below the state folder, in plain
 * text, for boxes that have no keyring. It is as safe as the card it lies on;
 * nothing is obscured, because the key would lie beside the lock.
 *
 *     ~/.local/state/imappushd/credentials.d/work
 *
 * Its lines are KIND=SECRET. It is replaced as a whole and made durable, so
 * that it is never half of one; and it is not read where others could have read
 * or written it.
 */
#ifndef IMAPPUSHD_CREDENTIAL_VAULT_H
#define IMAPPUSHD_CREDENTIAL_VAULT_H

#include "credential/question.h"

/* Each returns a status of base/credential.h, with err where it is not
 * CREDENTIAL_DONE. */

int vault_get(const struct question *question, struct buffer *secret,
              struct error *err);
int vault_store(const struct question *question, struct error *err);
/* CREDENTIAL_DONE, too, where there was none. */
int vault_erase(const struct question *question, struct error *err);

#endif
