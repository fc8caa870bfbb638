/*
 * The server, the core and the clock as a fuzz target plays them: no system
 * call, and the same every time.
 *
 * The functions of the C library that a session uses to talk and to wait are
 * defined here anew; a program's own come before the library's. Bytes that the
 * session receives come from the input. Where the target wants it (marks) some
 * of them mean something else than themselves, so that one readable file tells
 * a whole session:
 *
 *   $  the tag of the oldest command without an answer
 *   ~  nothing more is there now; what follows comes when it is waited for
 *   ^  time passes until what is waited for is due
 *   %  half of that time passes (twice at most for what was sent last: who
 *      talks slowly and without an end is the core's to get rid of)
 *   `  the core orders a look at everything
 *   |  the core orders to watch the mailboxes of wire_tasks
 *
 * Three promises are kept an eye on: what the session reports is no nonsense
 * to the core, it never waits past the moment by which it promised to report,
 * and each line that it sends is one of ours, whatever names the server gave
 * to its mailboxes.
 *
 * For one file of a program only.
 */
#ifndef IMAPPUSHD_TESTS_WIRE_H
#define IMAPPUSHD_TESTS_WIRE_H

#include "base/clock.h"
#include "base/report.h"
#include "fuzz.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Numbers that no descriptor has. */
enum { WIRE_SERVER = 1000000, WIRE_TIMER, WIRE_LINK };

#define WIRE_TAGS 16
#define WIRE_TAG_SIZE 16

static struct wire {
    const uint8_t *at, *end; /* what the server is going to say */
    size_t piece;            /* it says so much at a time */
    bool marks;
    const char *prefix; /* of tags */
    char tags[WIRE_TAGS][WIRE_TAG_SIZE];
    unsigned asked, answered;   /* of tags, modulo WIRE_TAGS */
    char spoken[WIRE_TAG_SIZE]; /* what is left of a tag being said */
    unsigned halves;            /* how often half of the time may still pass */
    int64_t now_ms;
    int64_t due_ms;   /* when the timer fires */
    int64_t by_ms;    /* what the session promised last */
    enum order order; /* that waits to be received; 0: none */
} wire;

/* The mailboxes of an order to watch. */
static struct task *wire_tasks;
static size_t wire_task_count;

/* Takes a report as the core does, and may order something. */
static void (*wire_take)(const struct report *report);

/* A new life: piece bytes at a time at most, 0 for all at once. */
static inline void wire_begin(const uint8_t *data, size_t size, size_t piece)
{
    wire = (struct wire){.at = data,
                         .end = data + size,
                         .piece = piece ? piece : SIZE_MAX,
                         .now_ms = 1000000,
                         .due_ms = CLOCK_NEVER,
                         .by_ms = CLOCK_NEVER};
}

static inline bool wire_is_mark(uint8_t byte)
{
    return wire.marks && byte != '\0' && strchr("$~^%`|", byte);
}

/* ---- what the session sends ---- */

static inline void wire_note_tag(const char *line, size_t size)
{
    char *tag = wire.tags[wire.asked % WIRE_TAGS];

    must(size < WIRE_TAG_SIZE);
    memcpy(tag, line, size);
    tag[size] = '\0';
    if (++wire.asked - wire.answered > WIRE_TAGS)
        wire.answered++;
}

/* A command, the end of IDLE, or what a login says after a "+": Base64, or "*"
 * to give up. */
static inline void wire_take_line(const char *line, size_t length)
{
    size_t prefix = wire.prefix ? strlen(wire.prefix) : 0;

    must(length >= 2 && line[length - 2] == '\r');
    must(!memchr(line, '\0', length) && !memchr(line, '\r', length - 2));
    if (strncmp(line, wire.prefix, prefix) == 0)
        wire_note_tag(line, strcspn(line, " \r"));
    else if (strncmp(line, "DONE\r", 5) != 0 && strncmp(line, "*\r", 2) != 0)
        must(strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                          "0123456789+/=") == length - 2);
}

/* All lines of a write. */
static inline void wire_take_lines(const char *data, size_t length)
{
    const char *end = data + length;

    while (data < end) {
        const char *stop = memchr(data, '\n', (size_t)(end - data));

        must(stop != NULL);
        wire_take_line(data, (size_t)(stop + 1 - data));
        data = stop + 1;
    }
}

static inline void wire_speak_tag(void)
{
    const char *tag = "$";

    if (wire.answered != wire.asked)
        tag = wire.tags[wire.answered++ % WIRE_TAGS];
    memcpy(wire.spoken, tag, strlen(tag) + 1);
    wire.at++;
}

/* ---- the server ---- */

ssize_t recv(int fd, void *room, size_t size, int flags)
{
    const uint8_t *begin = wire.at;
    size_t most = size < wire.piece ? size : wire.piece;

    (void)flags;
    must(fd == WIRE_SERVER);
    if (!wire.spoken[0] && wire.at < wire.end && wire_is_mark(*wire.at) &&
        *wire.at == '$')
        wire_speak_tag();
    if (wire.spoken[0]) {
        size_t count = strlen(wire.spoken);

        count = count < most ? count : most;
        memcpy(room, wire.spoken, count);
        memmove(wire.spoken, wire.spoken + count,
                strlen(wire.spoken + count) + 1);
        return (ssize_t)count;
    }
    while (wire.at < wire.end && (size_t)(wire.at - begin) < most &&
           !wire_is_mark(*wire.at))
        wire.at++;
    size_t count = (size_t)(wire.at - begin);

    if (count == 0 && wire.at < wire.end) {
        errno = EAGAIN;
        return -1;
    }
    if (count > 0)
        memcpy(room, begin, count);
    return (ssize_t)count;
}

static inline void wire_take_report(const void *data, size_t length)
{
    static struct record record;
    struct report report;

    must(length > 0 && length <= RECORD_MAX);
    memcpy(record.data, data, length);
    record.length = length;
    record.position = 1;
    record.bad = false;
    must(report_read(&record, &report) == 0);
    must(wire.now_ms <= wire.by_ms);
    wire.by_ms = report.by_ms;
    if (wire_take)
        wire_take(&report);
}

ssize_t send(int fd, const void *data, size_t length, int flags)
{
    (void)flags;
    if (fd == WIRE_LINK) {
        wire_take_report(data, length);
    } else {
        wire_take_lines(data, length);
        wire.halves = 2;
    }
    return (ssize_t)length;
}

/* ---- the core ---- */

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    static struct record record;

    (void)flags;
    must(fd == WIRE_LINK);
    if (wire.order == 0) {
        errno = EAGAIN;
        return -1;
    }
    if (wire.order == ORDER_CHECK)
        order_pack_check(&record);
    else
        order_pack_watch(&record, wire_tasks, wire_task_count, true, true);
    wire.order = 0;
    must(!record.bad && record.length <= message->msg_iov[0].iov_len);
    memcpy(message->msg_iov[0].iov_base, record.data, record.length);
    message->msg_flags = 0;
    return (ssize_t)record.length;
}

/* ---- waiting ---- */

/* Lets time pass: true when the timer fires by that. */
static inline bool wire_sleep(bool half)
{
    int64_t left_ms = wire.due_ms - wire.now_ms;

    if (wire.due_ms == CLOCK_NEVER || (half && wire.halves == 0))
        return false;
    if (half)
        wire.halves--;
    if (left_ms > 0)
        wire.now_ms += half ? left_ms / 2 : left_ms;
    return wire.now_ms >= wire.due_ms;
}

/* Descriptors of a session: the server, the timer, and while it idles the core.
 * The core alone is waited for only when its order is there already. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    must(timeout == -1);
    must(count > 0 && fds[0].fd != WIRE_LINK); /* an order must be there */
    must(count >= 2 && fds[0].fd == WIRE_SERVER && fds[1].fd == WIRE_TIMER);
    must(wire.due_ms <= wire.by_ms);
    for (nfds_t i = 0; i < count; i++)
        fds[i].revents = 0;
    while (wire.at < wire.end && wire_is_mark(*wire.at) && *wire.at != '$') {
        uint8_t mark = *wire.at++;

        if ((mark == '^' || mark == '%') && wire_sleep(mark == '%')) {
            fds[1].revents = POLLIN;
            return 1;
        }
        if ((mark == '`' || mark == '|') && count == 3) {
            wire.order = mark == '`' ? ORDER_CHECK : ORDER_WATCH;
            fds[2].revents = POLLIN;
            return 1;
        }
    }
    fds[0].revents = POLLIN;
    return 1;
}

int timerfd_create(clockid_t clock, int flags)
{
    (void)flags;
    must(clock == CLOCK_BOOTTIME);
    return WIRE_TIMER;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *new,
                    struct itimerspec *old)
{
    (void)old;
    must(fd == WIRE_TIMER && flags == TFD_TIMER_ABSTIME);
    wire.due_ms =
        new->it_value.tv_sec *INT64_C(1000) + new->it_value.tv_nsec / 1000000;
    if (wire.due_ms == 0)
        wire.due_ms = CLOCK_NEVER;
    return 0;
}

/* libFuzzer itself asks for other clocks. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (clock != CLOCK_BOOTTIME)
        return (int)syscall(SYS_clock_gettime, clock, now);
    now->tv_sec = (time_t)(wire.now_ms / 1000);
    now->tv_nsec = (long)(wire.now_ms % 1000) * 1000000;
    return 0;
}

ssize_t getrandom(void *bytes, size_t size, unsigned flags)
{
    (void)flags;
    memset(bytes, 0, size);
    return (ssize_t)size;
}

#endif
