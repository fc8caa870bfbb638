/*
 * What a phone needs to answer an invitation: an ID, a secret, and the link to
 * the page for phones that has both behind its "#", which browsers keep to
 * themselves.
 */
#ifndef IMAPPUSHD_CLI_INVITATION_CODE_H
#define IMAPPUSHD_CLI_INVITATION_CODE_H

#include "base/account.h"
#include "base/buffer.h"
#include "base/invitation.h"

#define INVITATION_SECRET_LENGTH 22 /* 128 bits in base64url */

struct invitation_code {
    char id[INVITATION_ID_LENGTH + 1];
    char secret[INVITATION_SECRET_LENGTH + 1];
};

/* Draws new ones; -1 where the kernel gives no random numbers. */
int invitation_code_draw(struct invitation_code *code);

/* Adds "PAGE#key=...&account=...&secret=...&id=...&name=..." to link. The
 * account is a mail address, or left out where the login name is none. */
void invitation_code_link(const struct invitation_code *code, const char *page,
                          const char *key, const struct account *account,
                          const char *name, struct buffer *link);

#endif
