/*
 * One reply of the server at a time, whatever bytes it sends.
 *
 * A reply is a line and the literals that it announces (RFC 3501 §4.3, §7).
 * Its size is bounded in every direction; what passes a bound is read past and
 * the reply marked as not whole, so that the dialogue goes on and the event is
 * not lost. Status replies (OK NO BAD BYE PREAUTH, tagged or not, and +) are
 * taken apart here; what else the server says is data for session/response.
 */
#ifndef IMAPPUSHD_SESSION_READER_H
#define IMAPPUSHD_SESSION_READER_H

#include "base/buffer.h"
#include "base/error.h"
#include "session/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READER_LINE_MAX 65536
#define READER_LITERAL_MAX 262144
#define READER_REPLY_MAX 1048576

enum reply_kind {
    REPLY_DATA,    /* "* 4 EXISTS" */
    REPLY_STATUS,  /* "* OK ...", "* BYE ..." */
    REPLY_TAGGED,  /* "k7 NO ..." */
    REPLY_CONTINUE /* "+ ..." */
};

enum condition {
    CONDITION_OK,
    CONDITION_NO,
    CONDITION_BAD,
    CONDITION_PREAUTH,
    CONDITION_BYE,
    CONDITION_NONE
};

struct reply {
    enum reply_kind kind;
    enum condition condition; /* STATUS and TAGGED */
    const char *tag;          /* TAGGED */
    const char *code;         /* "UIDNEXT" of "[UIDNEXT 5]", or "" */
    const char *argument;     /* "5", or "" */
    const char *text;         /* of a status or a "+": for people, cleaned */
    const char *raw;          /* DATA: the bytes, literals and CRLF included */
    size_t length;            /* DATA: their number */
    bool whole;               /* false: a bound cut the bytes */
};

struct reader {
    struct stream *stream;
    struct buffer bytes; /* the reply as it came */
    struct buffer words; /* the same, cut into strings */
    /* counted since reader_refill(): what one command may cost */
    size_t total;
    unsigned lines;
};

void reader_init(struct reader *reader, struct stream *stream);
void reader_finish(struct reader *reader);

/* Fills the budget of a look again: 1 MiB and 10,000 lines. */
void reader_refill(struct reader *reader);
bool reader_over_budget(const struct reader *reader);

/* Blocks until the stream's deadline; the reply is valid until the next. */
int reader_next(struct reader *reader, struct reply *reply, struct error *err);

#endif
