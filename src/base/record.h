/*
 * The one format in which processes talk: a packet of a SOCK_SEQPACKET pair,
 * one byte of type, then fields in a fixed order, each a 64-bit number or a
 * string with its length. Both ends are the same build on the same machine,
 * so numbers are in host order; still a reader believes nothing: a field that
 * is not there, a string with a NUL inside or without one at its end, bytes
 * left over, or a packet that was cut make the whole record bad.
 */
#ifndef IMAPPUSHD_BASE_RECORD_H
#define IMAPPUSHD_BASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_MAX 65536

struct record {
    size_t length;   /* of data */
    size_t position; /* of the reader */
    bool bad;        /* sticky: too long to write, or nonsense to read */
    unsigned char data[RECORD_MAX];
};

/* One record is reused for all packets of a process: 64 KiB are much for a
 * stack. A secret one is wiped in forked children and kept out of dumps. */
struct record *record_create(bool secret);
void record_destroy(struct record **record);

/* A pair of connected sockets, closed on exec, non-blocking; 0 or -1. */
int record_pair(int fds[2]);

/* ---- writing ---- */
void record_start(struct record *record, unsigned char type);
void record_put_number(struct record *record, int64_t number);
void record_put_string(struct record *record, const char *text); /* null: "" */
/* 0 when sent, -1 with errno: EAGAIN when the socket is full, EMSGSIZE when
 * the record is bad, EPIPE when the other end is gone. */
int record_send(int fd, const struct record *record);

/* ---- reading ---- */
/* 1: a record came. 0: the other end is gone. -1: errno, EAGAIN for none. */
int record_receive(int fd, struct record *record);
unsigned char record_type(const struct record *record);
int64_t record_get_number(struct record *record);
/* As above, but a number outside the range makes the record bad; min then. */
int64_t record_get_range(struct record *record, int64_t min, int64_t max);
/* Points into the record, valid until the next packet; never null. */
const char *record_get_string(struct record *record);
/* Was every field there and well-formed, and is nothing left over? */
bool record_complete(const struct record *record);

#endif
