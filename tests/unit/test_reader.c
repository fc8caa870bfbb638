/*
 * Whatever bytes a server sends, and however they come, each reply is read as
 * a whole and the next one begins where it should.
 *
 * A writer process sends each case twice: at once, and a byte at a time, over
 * sockets that keep the bytes apart.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "session/reader.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct peer {
    pid_t writer;
    struct stream stream;
    struct reader reader;
    struct reply reply;
    struct error err;
};

/* Writes the head, count times the filling and the tail, in pieces of at most
 * that size, then waits for its end. */
static void write_pieces(int fd, const void *bytes, size_t length, size_t most)
{
    const char *at = bytes;

    while (length > 0) {
        size_t count = length < most ? length : most;
        ssize_t sent = send(fd, at, count, MSG_NOSIGNAL);

        if (sent < 0)
            _exit(0);
        at += sent;
        length -= (size_t)sent;
    }
}

struct script {
    const char *head;
    size_t head_length;
    char filling;
    size_t count;
    const char *tail;
    size_t most; /* bytes in a piece */
    bool stays;  /* keeps the connection open */
};

static _Noreturn void play(int fd, const struct script *script)
{
    char filling[4096];

    memset(filling, script->filling, sizeof filling);
    write_pieces(fd, script->head, script->head_length, script->most);
    for (size_t left = script->count; left > 0;) {
        size_t count = left < sizeof filling ? left : sizeof filling;

        write_pieces(fd, filling, count, script->most);
        left -= count;
    }
    write_pieces(fd, script->tail, strlen(script->tail), script->most);
    while (script->stays)
        pause();
    _exit(0);
}

static void peer_start(struct peer *peer, const struct script *script)
{
    int fds[2];
    int type = script->most == 1 ? SOCK_SEQPACKET : SOCK_STREAM;

    *peer = (struct peer){0};
    assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds), 0);
    peer->writer = fork();
    assert_true(peer->writer >= 0);
    if (peer->writer == 0) {
        close(fds[0]);
        play(fds[1], script);
    }
    close(fds[1]);
    stream_init(&peer->stream, fds[0], -1);
    stream_set_patience(&peer->stream, 20000);
    reader_init(&peer->reader, &peer->stream);
    /* as on a connection: non-blocking, but the socketpair was not */
    int flags = SOCK_NONBLOCK;

    (void)flags;
}

static void peer_end(struct peer *peer)
{
    reader_finish(&peer->reader);
    stream_finish(&peer->stream);
    kill(peer->writer, SIGKILL);
    assert_int_equal(waitpid(peer->writer, NULL, 0), peer->writer);
}
