/*
 * The control socket: how other programs of the same user speak to the daemon.
 * One line in, one line of JSON out, and the connection ends.
 *
 *     reload      {"code":"ok"}
 *     check-now   {"code":"config","text":"...","action":"..."}
 *
 * It is mode 0600 in a folder that is 0700, and whose uid is another than ours
 * is not listened to either.
 */
#ifndef IMAPPUSHD_CORE_CONTROL_H
#define IMAPPUSHD_CORE_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who speaks at the same time; one more takes the place of the oldest. */
#define CONTROL_CLIENTS 4
#define CONTROL_LINE_MAX 64

enum control_command { CONTROL_RELOAD, CONTROL_CHECK_NOW, CONTROL_UNKNOWN };

enum control_answer {
    CONTROL_OK,
    CONTROL_BAD_CONFIG,  /* the old one stays in force */
    CONTROL_BAD_COMMAND, /* unknown, or no line */
    CONTROL_ANSWERS
};

struct control_client {
    int fd; /* -1: none */
    size_t length;
    char line[CONTROL_LINE_MAX];
};

struct control {
    char *path;   /* owned; null where there is none */
    int listener; /* -1: none */
    struct control_client clients[CONTROL_CLIENTS];
    size_t oldest;
};

/* $XDG_RUNTIME_DIR/imappushd/control, or "control" in the state folder where
 * there is no such variable; free() it. Null: longer than an address can be
 * (107 bytes). */
char *control_path(const char *state);

/* What an answer says: the line. */
const char *control_words(enum control_answer answer);

/* Listens; where that cannot be, it is said, and the daemon does without. */
void control_open(struct control *control, const char *state);
void control_close(struct control *control);

/* What to poll for reading. */
#define CONTROL_LINKS (1 + CONTROL_CLIENTS)
void control_links(const struct control *control, struct pollfd *fds);

/* Takes who calls and what they say, where the links say that there is
 * something (then true); never waits. */
bool control_read(struct control *control, const struct pollfd *fds);

/* A command that has come whole, and who is to be answered; null for none. */
struct control_client *control_next(struct control *control,
                                    enum control_command *command);

/* Answers and hangs up. */
void control_reply(struct control_client *client, enum control_answer answer);

#endif
