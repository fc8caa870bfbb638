/*
 * Commands out, replies in.
 *
 * Tags are a random letter run and a number, so that no answer can be given
 * before its command. What the server says in between is either noted here,
 * because it may be said at any time (EXISTS, EXPUNGE, ALERT, BYE), or handed
 * to the caller, who pulls: nothing here calls back.
 */
#ifndef IMAPPUSHD_SESSION_DIALOGUE_H
#define IMAPPUSHD_SESSION_DIALOGUE_H

#include "session/echo.h"
#include "session/reader.h"
#include "session/response.h"

#include <stdbool.h>
#include <stdint.h>

/* What the server let us know of the selected mailbox, unasked. */
struct view {
    int64_t exists; /* messages; EXPUNGE counts down */
    bool hint;      /* something was said that may mean news */
    bool risen;     /* there are more than there were */
    bool expunged;  /* an EXPUNGE was seen since this was last cleared */
};

/* Servers may finish commands that are in flight together in any order (RFC
 * 3501 section 5.5): an end that was not awaited yet is kept. */
#define DIALOGUE_EARLY 4

struct early {
    unsigned tag; /* 0: none */
    enum condition condition;
};

struct dialogue {
    struct stream *stream;
    struct reader reader;
    struct echo echo; /* what is hidden from all who look at a reply */
    char prefix[8];
    unsigned sent; /* the number of the newest tag */
    int64_t patience_ms;
    struct view view;
    struct early early[DIALOGUE_EARLY];
    bool continued;           /* a "+" came while something else was awaited */
    struct reply reply;       /* the newest */
    struct response response; /* of a data reply: the newest */
};

/* A command that was sent; zero for none. */
typedef unsigned tag_number;

void dialogue_init(struct dialogue *dialogue, struct stream *stream);
void dialogue_finish(struct dialogue *dialogue);

/* Appends "TAG words CRLF" to a batch that goes out in one write. */
tag_number dialogue_add(struct dialogue *dialogue, struct buffer *batch,
                        const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sends the batch and empties it; what follows has patience_ms to be answered,
 * and the budget of a look is full again. */
int dialogue_send(struct dialogue *dialogue, struct buffer *batch,
                  struct error *err);

/* One command, sent at once: its tag, or 0 with err. */
tag_number dialogue_command(struct dialogue *dialogue, struct error *err,
                            const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum dialogue_event {
    DIALOGUE_ERROR = -1,
    DIALOGUE_DONE,    /* the awaited command's end: reply has its condition */
    DIALOGUE_DATA,    /* response is what came; already noted in view */
    DIALOGUE_STATUS,  /* an untagged OK, NO or BAD: reply */
    DIALOGUE_CONTINUE /* "+" */
};

/* The next thing that is said, until the command's end. Answers to commands
 * before it that were given up are passed over; an answer that was not asked
 * for ends the session, and so does BYE. */
enum dialogue_event dialogue_await(struct dialogue *dialogue, tag_number tag,
                                   struct error *err);

/* Starts the patience for the next of several commands in flight. */
void dialogue_be_patient(struct dialogue *dialogue);

/* Reads on to the command's end, whatever comes: 0 for OK, 1 for NO or BAD
 * (see reply), -1. */
int dialogue_finish_command(struct dialogue *dialogue, tag_number tag,
                            struct error *err);

/* Fills err from a reply that was not OK: what was refused, the server's own
 * words, and the class that its response code stands for (RFC 5530), or
 * otherwise where it has none. */
int dialogue_refused(const struct dialogue *dialogue, const char *what,
                     enum error_class otherwise, struct error *err);

#endif
