/*
 * Asking the credential helper, for the files credential*.c.
 */
#ifndef IMAPPUSHD_BASE_CREDENTIAL_PRIVATE_H
#define IMAPPUSHD_BASE_CREDENTIAL_PRIVATE_H

#include "base/credential.h"

#define CREDENTIAL_ANSWER_MAX (CREDENTIAL_SECRET_MAX + 4096)

/* A question, to be finished, with whose secret it is about. */
void credential_begin(struct buffer *question,
                      const struct credential *credential);

/* ... and another line of it, unless value is null. */
void credential_add(struct buffer *question, const char *key,
                    const char *value);

/* Runs the program with a verb and the question, which is finished; the answer
 * is the caller's to finish. Returns its status, with err where that is not
 * CREDENTIAL_DONE. */
int credential_ask(const char *verb, struct buffer *question,
                   int64_t patience_ms, struct buffer *answer,
                   struct error *err);

/* The value of a key in the answer, NUL-terminated in place, so that what
 * stands behind it is not found any more; null for none. */
char *credential_value(struct buffer *answer, const char *key);

/* What a status means: fills err with the program's words, or ours for null. */
void credential_explain(int status, const char *words, struct error *err);

#endif
