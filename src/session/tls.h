/*
 * GnuTLS at home: a verified client session over a stream's socket.
 *
 * Verified inside the handshake: chain, name, purpose, dates, and keys of at
 * least GnuTLS's profile MEDIUM (2048-bit RSA), so that nothing is ever sent
 * to a server that did not prove its name. Of the bundle of anchors only
 * those are parsed that the chain asks for: the system's 140 would cost every
 * session 4 MB for ever.
 */
#ifndef IMAPPUSHD_SESSION_TLS_H
#define IMAPPUSHD_SESSION_TLS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct tls;
struct stream;

/* Shakes hands under the stream's deadline. Null and err, where a certificate
 * that is not accepted has class person and a text that says what to do. */
struct tls *tls_create(struct stream *stream, const char *name,
                       const char *ca_file, struct error *err);

/* What was agreed on and whose certificate it is: one line, for a person. */
void tls_describe(const struct tls *tls, char *text, size_t size);

/* Says goodbye without waiting for an answer. */
void tls_destroy(struct tls **tls);

/* Sends everything; blocks until the stream's deadline. */
int tls_send(struct tls *tls, const void *data, size_t length,
             struct error *err);

#define TLS_NOTHING_YET (-2)

/* Receives what is there: bytes, 0 at the end, TLS_NOTHING_YET, or -1 with
 * err. */
ssize_t tls_receive(struct tls *tls, void *data, size_t size,
                    struct error *err);

/* Are decrypted bytes waiting that poll(2) does not know of? */
bool tls_has_bytes(const struct tls *tls);

#endif
