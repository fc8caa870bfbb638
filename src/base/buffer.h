/*
 * A growing run of bytes with a stated maximum: nothing that a server, a user
 * or a token can size goes into a fixed array.
 */
#ifndef IMAPPUSHD_BASE_BUFFER_H
#define IMAPPUSHD_BASE_BUFFER_H

#include <stddef.h>

struct buffer {
    char *data; /* always followed by a NUL once anything was added */
    size_t length;
    size_t capacity;
    size_t maximum; /* of length; reaching past it is refused */
};

/* Nothing is allocated until something is added. */
void buffer_init(struct buffer *buffer, size_t maximum);

/* Wipes and frees; the buffer may be used again with the same maximum. */
void buffer_finish(struct buffer *buffer);

/* Each adds at the end: 0, or -1 when the maximum does not allow it (nothing
 * is added then). */
int buffer_add(struct buffer *buffer, const void *data, size_t length);
int buffer_add_text(struct buffer *buffer, const char *text);
int buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Drops count bytes at the front. */
void buffer_drop(struct buffer *buffer, size_t count);

/* Room for at least count more bytes at data + length, or null where the
 * maximum does not allow it; the caller adds to length what it used. */
char *buffer_room(struct buffer *buffer, size_t count);

#endif
