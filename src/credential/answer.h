/*
 * What the program answers (base/credential.h).
 */
#ifndef IMAPPUSHD_CREDENTIAL_ANSWER_H
#define IMAPPUSHD_CREDENTIAL_ANSWER_H

#include "base/buffer.h"
#include "base/error.h"

struct answer {
    const char *store; /* where the secret is; null: nowhere */
    struct buffer secret;
    long lives_s;         /* of an access token; 0: not known */
    struct error warning; /* what went wrong all the same; its text may be "" */
};

#endif
