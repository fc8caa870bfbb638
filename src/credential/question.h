/*
 * What the program is asked: lines of KEY=VALUE (base/credential.h).
 */
#ifndef IMAPPUSHD_CREDENTIAL_QUESTION_H
#define IMAPPUSHD_CREDENTIAL_QUESTION_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>

/* The longest name of an account or kind: they become names of files. */
#define QUESTION_NAME_MAX 200
/* The longest wait for a keyring. */
#define QUESTION_WAIT_MAX 3600

struct question {
    struct buffer text; /* all others point into it */
    const char *account;
    const char *user, *host; /* null if not given */
    const char *kind;        /* null if not given: every kind */
    const char *store;       /* "keyring", "file"; null: not said */
    const char *secret;      /* null if not given */
    int wait_s;
    /* token, signin */
    const char *issuer, *client_id, *client_secret_file; /* null if not given */
    const char *token_endpoint, *authorization_endpoint, *device_endpoint;
    const char *scope;
    int port;     /* for the browser to come back to; 0: any */
    bool browser; /* no device flow */
};

/* Reads one from a descriptor up to its end: 0, or -1 with err, whose text
 * repeats no value. The caller finishes it in either case. */
int question_read(struct question *question, int fd, struct error *err);
void question_finish(struct question *question);

#endif
