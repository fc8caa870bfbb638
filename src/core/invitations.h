/*
 * The invitations that are open (base/invitation.h): who asked for them by the
 * control socket, until when, and the mail that came for them, on its way from
 * a session to who asked. The core looks at no more of it than at the ID.
 */
#ifndef IMAPPUSHD_CORE_INVITATIONS_H
#define IMAPPUSHD_CORE_INVITATIONS_H

#include "base/account.h"
#include "base/buffer.h"
#include "base/invitation.h"
#include "base/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct invitation {
    char id[INVITATION_ID_LENGTH + 1];
    char *account;   /* owned */
    uint64_t caller; /* the number of the client (core/control.h) */
    int64_t until_ms;
    struct buffer mail; /* lines of JSON that the caller is to be told */
};

struct invitations {
    struct invitation *list;
    size_t count;
};

void invitations_open(struct invitations *invitations, const char *id,
                      const char *account, uint64_t caller, int64_t until_ms);
void invitations_close(struct invitations *invitations, size_t index);
void invitations_finish(struct invitations *invitations);

/* The IDs of an account's, with a blank between two, added to text. */
void invitations_list(const struct invitations *invitations,
                      const char *account, struct buffer *text);

/* A session found a mail for one: false for nonsense. One that nobody waits for
 * any more, and more than a caller could take, is passed over. */
bool invitations_received(struct invitations *invitations,
                          const struct account *account,
                          const struct report *report);

#endif
