#include "base/buffer.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_init(struct buffer *buffer, size_t maximum)
{
    *buffer = (struct buffer){.maximum = maximum};
}

void buffer_finish(struct buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    free(buffer->data);
    buffer_init(buffer, buffer->maximum);
}

/* A secret may have been here, so the old memory is wiped, which realloc()
 * would not do. */
static void grow(struct buffer *buffer, size_t capacity)
{
    char *data = xcalloc(capacity, 1);

    if (buffer->data) {
        memcpy(data, buffer->data, buffer->length);
        explicit_bzero(buffer->data, buffer->capacity);
        free(buffer->data);
    }
    buffer->data = data;
    buffer->capacity = capacity;
}

char *buffer_room(struct buffer *buffer, size_t count)
{
    if (count > buffer->maximum - buffer->length)
        return NULL;
    size_t needed = buffer->length + count + 1;

    if (needed > buffer->capacity) {
        size_t doubled = buffer->capacity * 2;

        if (doubled > buffer->maximum + 1)
            doubled = buffer->maximum + 1;
        grow(buffer, needed > doubled ? needed : doubled);
    }
    return buffer->data + buffer->length;
}

int buffer_add(struct buffer *buffer, const void *data, size_t length)
{
    char *room = buffer_room(buffer, length);

    if (!room)
        return -1;
    if (length > 0)
        memcpy(room, data, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
    return 0;
}

int buffer_add_text(struct buffer *buffer, const char *text)
{
    return buffer_add(buffer, text, strlen(text));
}

int buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *room = length < 0 ? NULL : buffer_room(buffer, (size_t)length);

    if (!room)
        return -1;
    va_start(args, format);
    vsnprintf(room, (size_t)length + 1, format, args);
    va_end(args);
    buffer->length += (size_t)length;
    return 0;
}

void buffer_drop(struct buffer *buffer, size_t count)
{
    if (count == 0)
        return;
    memmove(buffer->data, buffer->data + count, buffer->length - count);
    buffer->length -= count;
    buffer->data[buffer->length] = '\0';
}
