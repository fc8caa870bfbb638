/*
 * What a data reply says, in our own small struct; libetpan at home.
 *
 * libetpan parses from memory only, and only what passed the screen
 * (session/screen): it is good at IMAP's grammar and bad at malice.
 */
#ifndef IMAPPUSHD_SESSION_RESPONSE_H
#define IMAPPUSHD_SESSION_RESPONSE_H

#include "session/reader.h"

#include <stdbool.h>
#include <stdint.h>

/* An object id has at most 255 characters (RFC 8474 section 4). */
#define RESPONSE_EMAILID_SIZE 256

/* From, To, Subject and the like are seldom a tenth of that. */
#define RESPONSE_HEADER_SIZE 8192

enum response_kind {
    RESPONSE_OTHER, /* of no use to us, or unknown: skipped */
    RESPONSE_EXISTS,
    RESPONSE_RECENT,
    RESPONSE_EXPUNGE,
    RESPONSE_FETCH,
    RESPONSE_STATUS,
    RESPONSE_LIST,
    RESPONSE_CAPABILITY,
    RESPONSE_SEARCH,
    RESPONSE_METADATA
};

enum { FLAG_SEEN = 1 << 0, FLAG_DELETED = 1 << 1, FLAG_DRAFT = 1 << 2 };

struct response {
    enum response_kind kind;
    bool understood; /* false: of this kind, but cut, out of range or garbled;
                        only number may be used then */
    int64_t number;  /* EXISTS, RECENT, EXPUNGE, FETCH */
    /* FETCH: what was in it */
    int64_t uid; /* 0: none */
    bool has_flags;
    unsigned flags;
    int64_t internaldate;                /* seconds since 1970; 0: none */
    int64_t savedate;                    /* likewise (RFC 8514) */
    char emailid[RESPONSE_EMAILID_SIZE]; /* RFC 8474; empty: none */
    bool header_read;  /* the fields that were asked for came, perhaps none */
    bool has_received; /* ... and one of them is Received */
    char origin[RESPONSE_HEADER_SIZE]; /* ... From and Subject as they came,
                                          as far as there is room for whole
                                          ones; apart from the others, so that
                                          a long one hides none of them */
    size_t origin_length;
    bool origin_cut;                   /* ... and some had no room */
    char header[RESPONSE_HEADER_SIZE]; /* ... the others, likewise */
    size_t header_length;
    bool header_cut;
    /* STATUS, LIST */
    char mailbox[1024]; /* UTF-8, INBOX folded; empty: not understood */
    /* STATUS */
    int64_t uidnext;     /* 0: none */
    int64_t uidvalidity; /* 0: none */
    int64_t messages;    /* -1: none */
    /* LIST */
    char separator;     /* of levels; NUL: the mailbox has none */
    bool selectable;    /* neither \\Noselect nor \\NonExistent */
    unsigned uses;      /* special ones: use_of() */
    char oldname[1024]; /* it had this name; empty: none that is told */
    /* CAPABILITY: the words, separated by single spaces; SEARCH: numbers of 32
     * bits, separated by blanks, up to what is none; METADATA: the mailbox and
     * what follows it, as session/pairs reads it */
    const char *words;
};

/* Never fails: what it cannot use is RESPONSE_OTHER. words points into the
 * reply. */
void response_parse(const struct reply *reply, struct response *response);

#endif
