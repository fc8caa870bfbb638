/*
 * A mailbox and how far we have seen it.
 */
#ifndef IMAPPUSHD_BASE_MAILBOX_H
#define IMAPPUSHD_BASE_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

/* Everything below next has been judged, under this UIDVALIDITY (RFC 3501
 * §2.3.1.1). A server that sends a UIDVALIDITY of more than 32 bits, or 0, is
 * taken at its word: the number only has to stay the same. */
struct cursor {
    int64_t uidvalidity; /* 0: the server gave none */
    int64_t uidnext;     /* 1 to 2^32 - 1; 0: never seen this mailbox */
};

#define UID_MAX INT64_C(4294967295)

/* Bytes of UTF-8; longer names are not watched. */
#define MAILBOX_NAME_MAX 1000

struct mailbox {
    const char *name; /* UTF-8, "INBOX" folded */
    struct cursor cursor;
};

#endif
