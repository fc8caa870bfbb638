/*
 * The control socket: how other programs of the same user speak to the daemon.
 * One line in, JSON out, and the connection ends, unless the caller follows
 * what happens. What is said in both directions is not this file's business
 * (core/commands).
 *
 * It is mode 0600 in a folder that is 0700, and whose uid is another than ours
 * is not listened to either. Nobody is waited for: what a caller does not take
 * at once stays in a bounded buffer, and who does not take it within ten
 * seconds is hung up on.
 */
#ifndef IMAPPUSHD_CORE_CONTROL_H
#define IMAPPUSHD_CORE_CONTROL_H

#include "base/buffer.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who speaks at the same time; one more takes the place of the oldest who does
 * not follow. */
#define CONTROL_CLIENTS 16
#define CONTROL_FOLLOWERS 8

#define CONTROL_LINE_MAX 320        /* a word, and a name perhaps */
#define CONTROL_ANSWER_MAX 64000000 /* longer answers cannot be given */

struct control_client {
    int fd;          /* -1: none */
    uint64_t number; /* they are numbered as they come */
    size_t length;
    char line[CONTROL_LINE_MAX];
    bool answered;     /* and no more is heard */
    bool waits;        /* but is not answered yet */
    bool follows;      /* it stays, to be told */
    struct buffer out; /* what it has not taken yet, from sent on */
    size_t sent;
    int64_t by_ms; /* hung up on then */
};

struct control {
    char *path;   /* owned; null where there is none */
    int listener; /* -1: none */
    struct control_client clients[CONTROL_CLIENTS];
    uint64_t callers; /* so far */
};

/* $XDG_RUNTIME_DIR/imappushd/control, or "control" in the state folder where
 * there is no such variable; free() it. Null: longer than an address can be
 * (107 bytes). */
char *control_path(const char *state);

/* Listens; where that cannot be, it is said, and the daemon does without. */
void control_open(struct control *control, const char *state);
void control_close(struct control *control);

/* What to poll for. */
#define CONTROL_LINKS (1 + CONTROL_CLIENTS)
void control_links(const struct control *control, struct pollfd *fds);

/* Takes who calls and what they say, and says more to who can take it, where
 * the links say that there is something (then true); never waits. */
bool control_read(struct control *control, const struct pollfd *fds);

/* One whose line has come whole and is to be answered, or null. The line ends
 * before its LF; it is empty where what came is no line, or more than one. */
struct control_client *control_next(struct control *control);

/* One who is answered later: it is heard no more, but for its hanging up. */
void control_wait(struct control_client *client);
/* Tells that one something, and it goes on waiting; who does not take it is
 * hung up on. */
void control_tell_waiting(struct control_client *client, const char *text,
                          size_t length);
/* The next of those, from an index on that goes on; or null. */
struct control_client *control_waiting(struct control *control, size_t *index);

/* Answers, and hangs up when that is taken. Who is told that too much is to be
 * said to him is hung up on at once. */
void control_answer(struct control_client *client, const char *text,
                    size_t length);

/* Answers, and tells from now on what control_tell_followers() says. False, and
 * nothing is answered, where there are too many of them. */
bool control_answer_and_stay(struct control *control,
                             struct control_client *client, const char *text);
bool control_is_followed(const struct control *control);
void control_tell_followers(struct control *control, const char *text,
                            size_t length);

/* Hangs up on who did not listen in time; when that is due next. */
void control_run(struct control *control, int64_t now_ms);
int64_t control_due(const struct control *control);

#endif
