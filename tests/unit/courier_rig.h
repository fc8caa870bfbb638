/*
 * What the courier's tests share: a courier in a child process, its link in
 * our hands as the core has it, and a server of raw sockets, also a child,
 * that behaves as badly as the test wants.
 */
#ifndef IMAPPUSHD_TESTS_COURIER_RIG_H
#define IMAPPUSHD_TESTS_COURIER_RIG_H

#include "base/clock.h"
#include "base/record.h"
#include "base/request.h"
#include "courier/courier.h"
#include "courier/memory.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN "wpush/SECRETTOKEN"
#define SECOND 1000

static const struct courier_patience patient = {.request_ms = 20 * SECOND,
                                                .body_ms = 5 * SECOND,
                                                .kept_ms = 60 * SECOND,
                                                .quiet_ms = 60 * SECOND};

/* ---- the courier ---- */

struct rig {
    pid_t courier;
    int link;
    struct record *record;
};

static inline void rig_start(struct rig *rig,
                             const struct courier_patience *patience)
{
    int ends[2];

    assert_int_equal(record_pair(ends), 0);
    rig->record = record_create(false);
    rig->link = ends[0];
    rig->courier = fork();
    assert_true(rig->courier >= 0);
    if (rig->courier > 0) {
        close(ends[1]);
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    record_destroy(&rig->record);
    if (memory_start_curl() < 0)
        _exit(99);
    int status = courier_run(ends[1], patience);

    curl_global_cleanup();
    exit(status);
}

static inline int rig_status(struct rig *rig)
{
    int status = -1;

    assert_int_equal(waitpid(rig->courier, &status, 0), rig->courier);
    return status;
}

/* The core goes away. */
static inline void rig_stop(struct rig *rig)
{
    close(rig->link);
    assert_int_equal(rig_status(rig), 0);
    record_destroy(&rig->record);
}

static inline void rig_ask(struct rig *rig, struct request request)
{
    request.method = request.method ? request.method : "PUT";
    request.headers = request.headers ? request.headers : "";
    request.body = request.body ? request.body : "version=1795568943000001";
    request.ca_file = request.ca_file ? request.ca_file : "";
    request_pack(rig->record, &request);
    assert_int_equal(record_send(rig->link, rig->record), 0);
}

/* The next one that comes; its text is valid until the next call. */
static inline struct outcome rig_outcome(struct rig *rig)
{
    struct pollfd link = {.fd = rig->link, .events = POLLIN};
    struct outcome outcome;

    assert_int_equal(poll(&link, 1, 60 * SECOND), 1);
    assert_int_equal(record_receive(rig->link, rig->record), 1);
    assert_int_equal(outcome_read(rig->record, &outcome), 0);
    assert_null(strstr(outcome.text, TOKEN));
    return outcome;
}

static inline struct outcome rig_send(struct rig *rig, struct request request)
{
    rig_ask(rig, request);
    return rig_outcome(rig);
}

/* ---- the server ---- */

struct seen { /* shared with the server's processes */
    unsigned connections;
    unsigned requests;
    char request[40000]; /* the newest, whole */
};

/* Talks on one connection, in a process of its own, and returns at its end. */
typedef void talker(int fd, struct seen *seen, const void *script);

struct server {
    pid_t pid;
    int port;
    struct seen *seen;
};

static inline void serve_one(int fd, struct seen *seen, talker *talk,
                             const void *script)
{
    pid_t pid = fork();

    if (pid == 0) {
        talk(fd, seen, script);
        _exit(0);
    }
    close(fd);
}

static inline _Noreturn void serve(int listener, struct seen *seen,
                                   talker *talk, const void *script)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            _exit(1);
        seen->connections++;
        serve_one(fd, seen, talk, script);
    }
}

/* Listens on a numeric address; false where the machine lacks it. */
static inline bool server_start_on(struct server *server, const char *address,
                                   talker *talk, const void *script)
{
    struct sockaddr_storage at = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&at;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&at;
    socklen_t size = sizeof at;

    at.ss_family = strchr(address, ':') ? AF_INET6 : AF_INET;
    inet_pton(at.ss_family, address,
              at.ss_family == AF_INET ? (void *)&v4->sin_addr
                                      : (void *)&v6->sin6_addr);
    int listener = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listener < 0 || bind(listener, (struct sockaddr *)&at, size) < 0)
        return false;
    assert_int_equal(listen(listener, 200), 0);
    getsockname(listener, (struct sockaddr *)&at, &size);
    server->port = ntohs(v4->sin_port); /* the same place in both */
    server->seen = mmap(NULL, sizeof *server->seen, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(server->seen != MAP_FAILED);
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0)
        serve(listener, server->seen, talk, script);
    setpgid(server->pid, server->pid);
    close(listener);
    return true;
}

static inline void server_start(struct server *server, talker *talk,
                                const void *script)
{
    assert_true(server_start_on(server, "127.0.0.1", talk, script));
}

static inline void server_stop(struct server *server)
{
    kill(-server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    munmap(server->seen, sizeof *server->seen);
}

/* Valid until the next call. */
static inline const char *url_of(const struct server *server,
                                 const char *scheme, const char *host)
{
    static char url[200];

    snprintf(url, sizeof url, "%s://%s:%d/" TOKEN, scheme, host, server->port);
    return url;
}

static inline const char *server_url(const struct server *server)
{
    return url_of(server, "http", "127.0.0.1");
}

/* ---- how a server talks ---- */

static inline size_t body_length(const char *request)
{
    const char *field = strcasestr(request, "\r\nContent-Length:");

    return field ? strtoul(field + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

static inline bool is_whole(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");

    return end && strlen(end + 4) >= body_length(request);
}

/* A whole request, shown in seen; false when the connection ends. */
static inline bool read_request(int fd, struct seen *seen)
{
    static char request[sizeof seen->request];
    size_t length = 0;

    memset(request, 0, sizeof request);
    while (!is_whole(request)) {
        ssize_t got = read(fd, request + length, sizeof request - 1 - length);

        if (got <= 0)
            return false;
        length += (size_t)got;
    }
    memcpy(seen->request, request, sizeof request);
    __atomic_add_fetch(&seen->requests, 1, __ATOMIC_SEQ_CST);
    return true;
}

static inline void say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        _exit(0);
}

/* The script, a string, answers each request of a connection. */
static inline void talk_answer(int fd, struct seen *seen, const void *script)
{
    while (read_request(fd, seen))
        say(fd, script);
}

/* The script answers the first request; then the connection is closed. */
static inline void talk_once(int fd, struct seen *seen, const void *script)
{
    if (read_request(fd, seen))
        say(fd, script);
}

/* ... and then nothing more comes, but the connection stays. */
static inline void talk_and_hang(int fd, struct seen *seen, const void *script)
{
    talk_once(fd, seen, script);
    pause();
}

#define HTTP_OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

#endif
