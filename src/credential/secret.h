/*
 * The secret of a client, where its registration has one.
 */
#ifndef IMAPPUSHD_CREDENTIAL_SECRET_H
#define IMAPPUSHD_CREDENTIAL_SECRET_H

#include "base/buffer.h"
#include "base/error.h"
#include "credential/question.h"
#include "credential/tokens.h"

#define SECRET_MAX 1024

/* Reads oauth2_client_secret_file, if it was given, into secret, where
 * client->secret then points. */
int secret_of_client(const struct question *question, struct buffer *secret,
                     struct client *client, struct error *err);

#endif
