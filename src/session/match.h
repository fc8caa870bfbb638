/*
 * Which of an account's rules a message falls under: the first one all of whose
 * criteria match. Pure.
 *
 * A criterion whose field is not there, or could not be read, does not match:
 * so in doubt no rule keeps a message back.
 */
#ifndef IMAPPUSHD_SESSION_MATCH_H
#define IMAPPUSHD_SESSION_MATCH_H

#include "base/account.h"
#include "session/response.h"

#include <stdbool.h>
#include <stddef.h>

/* The index of the rule; RULE_NONE where none matches. header are the fields
 * that match_fields() asked for, as the server sent them. */
size_t match_rule(const struct account *account, const char *mailbox,
                  const char *header, size_t length);

/* The names of the fields that the rules need, " FROM SUBJECT", in at most
 * MATCH_FIELDS_SIZE bytes. */
#define MATCH_FIELDS_SIZE 64
void match_fields(const struct account *account, char *fields);

/* Does the text match the glob ("*" anything, "?" one character), without
 * regard to the case of A to Z? */
bool match_glob(const char *glob, const char *text);

#endif
