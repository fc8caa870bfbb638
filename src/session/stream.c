#include "session/stream.h"

#include "base/clock.h"
#include "session/tls.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than the longest TLS record; the reader takes what it needs at once. */
#define CHUNK 16384

void stream_init(struct stream *stream, int fd, int link)
{
    *stream = (struct stream){
        .fd = fd, .timer = clock_timer(), .link = link, .deadline_ms = 0};
    buffer_init(&stream->in, 4 * CHUNK);
}

void stream_finish(struct stream *stream)
{
    tls_destroy(&stream->tls);
    buffer_finish(&stream->in);
    close(stream->fd);
    close(stream->timer);
}

void stream_set_patience(struct stream *stream, int64_t patience_ms)
{
    stream->deadline_ms = clock_boottime_ms() + patience_ms;
}

int stream_start_tls(struct stream *stream, const char *name,
                     const char *ca_file, struct error *err)
{
    if (stream->in.length > 0)
        return error_set(err, ERROR_LATER, "injection",
                         "the server, or someone in between, sent more than "
                         "its answer to STARTTLS");
    stream->tls = tls_create(stream, name, ca_file, err);
    return stream->tls ? 0 : -1;
}

int stream_poll(struct stream *stream, short events, struct error *err)
{
    struct pollfd fds[] = {
        {.fd = stream->fd, .events = events},
        {.fd = stream->timer, .events = POLLIN},
    };

    clock_timer_set(stream->timer, stream->deadline_ms);
    while (poll(fds, 2, -1) < 0) {
        if (errno != EINTR)
            return error_set(err, ERROR_NOW, "poll", "poll: %s",
                             strerror(errno));
    }
    if (fds[0].revents)
        return 0;
    return error_set(err, ERROR_LATER, "timeout",
                     "the server did not answer in time");
}

static int closed(struct error *err)
{
    return error_set(err, ERROR_LATER, "closed",
                     "the server closed the connection");
}

static int broken(struct error *err)
{
    return error_set(err, ERROR_LATER, "connection", "connection lost: %s",
                     strerror(errno));
}

int stream_send(struct stream *stream, const void *data, size_t length,
                struct error *err)
{
    const char *at = data;

    if (stream->tls)
        return tls_send(stream->tls, data, length, err);
    while (length > 0) {
        ssize_t sent = send(stream->fd, at, length, MSG_NOSIGNAL);

        if (sent >= 0) {
            at += sent;
            length -= (size_t)sent;
        } else if (errno == EAGAIN) {
            if (stream_poll(stream, POLLOUT, err) < 0)
                return -1;
        } else if (errno != EINTR) {
            return broken(err);
        }
    }
    return 0;
}

/* One attempt to receive: 1, 0 for nothing yet, -1 with err. */
static int receive(struct stream *stream, struct error *err)
{
    char *room = buffer_room(&stream->in, CHUNK);
    ssize_t got;

    if (!room)
        return error_set(err, ERROR_LATER, "flood",
                         "the server sends more than it was asked for");
    if (stream->tls) {
        got = tls_receive(stream->tls, room, CHUNK, err);
        if (got < 0)
            return got == TLS_NOTHING_YET ? 0 : -1;
    } else {
        got = recv(stream->fd, room, CHUNK, 0);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : broken(err);
    }
    if (got == 0)
        return closed(err);
    stream->in.length += (size_t)got;
    return 1;
}

int stream_fill(struct stream *stream, struct error *err)
{
    int got;

    while ((got = receive(stream, err)) == 0) {
        if (stream_poll(stream, POLLIN, err) < 0)
            return -1;
    }
    return got < 0 ? -1 : 0;
}

int stream_peek(struct stream *stream, struct error *err)
{
    return stream->in.length > 0 ? 1 : receive(stream, err);
}

enum stream_event stream_wait(struct stream *stream, int64_t until_ms)
{
    struct pollfd fds[] = {
        {.fd = stream->fd, .events = POLLIN},
        {.fd = stream->timer, .events = POLLIN},
        {.fd = stream->link, .events = POLLIN},
    };

    if (clock_boottime_ms() >= until_ms)
        return STREAM_TIME;
    if (stream->in.length > 0 || (stream->tls && tls_has_bytes(stream->tls)))
        return STREAM_READABLE;
    clock_timer_set(stream->timer, until_ms);
    while (poll(fds, 3, -1) < 0) {
        if (errno != EINTR)
            return STREAM_TIME;
    }
    if (fds[0].revents)
        return STREAM_READABLE;
    return fds[2].revents ? STREAM_ORDER : STREAM_TIME;
}
