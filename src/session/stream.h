/*
 * Bytes to and from the server, with or without TLS, blocking, under one
 * absolute deadline (CLOCK_BOOTTIME) that neither suspend nor a peer that
 * sends a byte a second can stretch.
 */
#ifndef IMAPPUSHD_SESSION_STREAM_H
#define IMAPPUSHD_SESSION_STREAM_H

#include "base/buffer.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct tls;

struct stream {
    int fd;          /* non-blocking; owned */
    int timer;       /* clock_timer(); owned */
    int link;        /* the core's orders come here; not owned */
    struct tls *tls; /* null in clear text; owned */
    int64_t deadline_ms;
    struct buffer in; /* received, not yet taken by the reader */
};

/* Takes over a connected socket. */
void stream_init(struct stream *stream, int fd, int link);
void stream_finish(struct stream *stream);

/* Everything from now on has to be over by then. */
void stream_set_patience(struct stream *stream, int64_t patience_ms);

/* Starts TLS as a client: name is what the certificate must be for, ca_file
 * the anchors (null: the system's). Nothing in clear text may wait in the
 * buffer (RFC 3501 §6.2.1; CVE-2011-0411 and its many children): that is an
 * error. Blocks until the deadline. */
int stream_start_tls(struct stream *stream, const char *name,
                     const char *ca_file, struct error *err);

/* Sends everything; blocks until the deadline. */
int stream_send(struct stream *stream, const void *data, size_t length,
                struct error *err);

/* Receives at least one byte into stream->in; blocks until the deadline. */
int stream_fill(struct stream *stream, struct error *err);

/* Like stream_fill(), but does not wait: 1 when bytes came (or were there), 0
 * when none are there yet (TLS has records of its own), -1 with err. */
int stream_peek(struct stream *stream, struct error *err);

enum stream_event { STREAM_READABLE, STREAM_TIME, STREAM_ORDER };

/* Waits without a deadline of its own: for until_ms, which nothing hides once
 * it has come, for bytes (also those that wait in the buffer or in the TLS
 * layer), for an order of the core. */
enum stream_event stream_wait(struct stream *stream, int64_t until_ms);

/* For the TLS layer: waits for events (poll(2)) until the deadline. */
int stream_poll(struct stream *stream, short events, struct error *err);

#endif
