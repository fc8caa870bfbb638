/*
 * What a person agreed to: a refresh token, and where and as whom it is used.
 * It lies in the store as one secret (an object of JSON in one line), so that
 * it is whole or not there, and is never used at another server than it came
 * from.
 */
#ifndef IMAPPUSHD_CREDENTIAL_GRANT_H
#define IMAPPUSHD_CREDENTIAL_GRANT_H

#include "base/buffer.h"

struct grant {
    char *issuer; /* oauth2_issuer, as it was configured */
    char *token_endpoint;
    char *client_id;
    char *refresh_token;
};

#define GRANT_TOKEN_MAX 8192
#define GRANT_CLIENT_MAX 512

/* 0, or -1 where text is nothing that grant_write() wrote. The caller finishes
 * the grant in either case. */
int grant_read(struct grant *grant, const char *text);
void grant_finish(struct grant *grant); /* wiped */

/* Adds it to out: one line, without its end. */
void grant_write(const struct grant *grant, struct buffer *out);

#endif
