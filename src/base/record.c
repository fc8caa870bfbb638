#include "base/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

struct record *record_create(bool secret)
{
    struct record *record = mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (record == MAP_FAILED)
        abort();
    if (secret) {
        madvise(record, sizeof *record, MADV_WIPEONFORK);
        madvise(record, sizeof *record, MADV_DONTDUMP);
    }
    return record;
}

void record_destroy(struct record **record)
{
    if (*record) {
        explicit_bzero((*record)->data, (*record)->length);
        munmap(*record, sizeof **record);
    }
    *record = NULL;
}

int record_pair(int fds[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                      fds);
}

void record_start(struct record *record, unsigned char type)
{
    record->data[0] = type;
    record->length = 1;
    record->position = 1;
    record->bad = false;
}

static void put(struct record *record, const void *bytes, size_t count)
{
    if (record->bad || count > RECORD_MAX - record->length) {
        record->bad = true;
        return;
    }
    memcpy(record->data + record->length, bytes, count);
    record->length += count;
}

void record_put_number(struct record *record, int64_t number)
{
    put(record, &number, sizeof number);
}

void record_put_string(struct record *record, const char *text)
{
    uint32_t size = text ? (uint32_t)strnlen(text, RECORD_MAX) + 1 : 1;

    put(record, &size, sizeof size);
    put(record, text ? text : "", size);
}

int record_send(int fd, const struct record *record)
{
    if (record->bad) {
        errno = EMSGSIZE;
        return -1;
    }
    ssize_t sent;

    do {
        sent = send(fd, record->data, record->length, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

int record_receive(int fd, struct record *record)
{
    struct iovec bytes = {record->data, RECORD_MAX};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    ssize_t got;

    do { /* who leaves without reading all resets the connection: the kernel
            says so once, before what he said last */
        got = recvmsg(fd, &message, MSG_DONTWAIT);
    } while (got < 0 && (errno == EINTR || errno == ECONNRESET));
    if (got <= 0)
        return (int)got;
    record->length = (size_t)got;
    record->position = 1;
    record->bad = (message.msg_flags & MSG_TRUNC) != 0;
    return 1;
}

unsigned char record_type(const struct record *record)
{
    return record->data[0];
}

static const unsigned char *get(struct record *record, size_t count)
{
    if (record->bad || count > record->length - record->position) {
        record->bad = true;
        return NULL;
    }
    const unsigned char *bytes = record->data + record->position;

    record->position += count;
    return bytes;
}

int64_t record_get_number(struct record *record)
{
    int64_t number = 0;
    const unsigned char *bytes = get(record, sizeof number);

    if (bytes)
        memcpy(&number, bytes, sizeof number);
    return number;
}

int64_t record_get_range(struct record *record, int64_t min, int64_t max)
{
    int64_t number = record_get_number(record);

    if (number >= min && number <= max)
        return number;
    record->bad = true;
    return min;
}

const char *record_get_string(struct record *record)
{
    uint32_t size = 0;
    const unsigned char *bytes = get(record, sizeof size);

    if (bytes)
        memcpy(&size, bytes, sizeof size);
    bytes = size > 0 ? get(record, size) : NULL;
    if (!bytes || bytes[size - 1] || memchr(bytes, 0, size - 1)) {
        record->bad = true;
        return "";
    }
    return (const char *)bytes;
}

bool record_complete(const struct record *record)
{
    return !record->bad && record->position == record->length;
}
