#include "credential/redirect.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "credential/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX 8192
#define REQUEST_MS 3000
#define PAGE                                                                   \
    "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">"                \
    "<title>imappushd</title><p>%s</p></html>\n"

/* ---- the address ---- */

static void take_pair(struct redirect *redirect, char *pair)
{
    struct {
        const char *key;
        const char **value;
    } known[] = {{"state", &redirect->state},
                 {"code", &redirect->code},
                 {"error", &redirect->error},
                 {"iss", &redirect->iss}};
    char *value = strchr(pair, '=');

    if (!value)
        return;
    *value++ = '\0';
    web_form_decode(value);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(pair, known[i].key) == 0)
            *known[i].value = value;
    }
}

void redirect_read(struct redirect *redirect, const char *text)
{
    const char *query = strchr(text, '?');
    char *rest, *pair;

    *redirect = (struct redirect){.text = xstrdup(query ? query + 1 : "")};
    redirect->text[strcspn(redirect->text, "# \t\r\n")] = '\0';
    rest = redirect->text;
    while ((pair = strsep(&rest, "&")))
        take_pair(redirect, pair);
}

void redirect_finish(struct redirect *redirect)
{
    free(redirect->text);
    *redirect = (struct redirect){0};
}

/* Is it ours? */
static bool take(struct redirect *redirect, const char *text, const char *state)
{
    redirect_read(redirect, text);
    if (redirect->state && strcmp(redirect->state, state) == 0 &&
        (redirect->code || redirect->error))
        return true;
    redirect_finish(redirect);
    return false;
}

/* ---- the browser ---- */

int redirect_listen(int *port, struct error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)*port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    union {
        struct sockaddr_in *v4;
        struct sockaddr *any;
    } as = {&address};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || bind(fd, as.any, length) < 0 || listen(fd, 8) < 0 ||
        getsockname(fd, as.any, &length) < 0) {
        error_set(err, ERROR_PERSON, "signin",
                  "nothing can listen on 127.0.0.1 port %d: %s; try another "
                  "--redirect-port",
                  *port, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

/* The head of a request, as far as it comes in time. */
static void read_request(int fd, char *request, size_t size)
{
    int64_t end_ms = clock_boottime_ms() + REQUEST_MS, left_ms;
    size_t length = 0;

    while (length < size - 1 && (left_ms = end_ms - clock_boottime_ms()) > 0) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};

        if (poll(&readable, 1, (int)left_ms) <= 0)
            break;
        ssize_t got = recv(fd, request + length, size - 1 - length, 0);

        if (got <= 0)
            break;
        length += (size_t)got;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n"))
            return;
    }
    request[length] = '\0';
}

static void respond(int fd, const char *status, const char *words)
{
    char page[512], response[1024];
    int length = snprintf(page, sizeof page, PAGE, words);

    length = snprintf(response, sizeof response,
                      "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8"
                      "\r\nContent-Length: %d\r\nCache-Control: no-store\r\n"
                      "Referrer-Policy: no-referrer\r\nConnection: close\r\n"
                      "\r\n%s",
                      status, length, page);
    send(fd, response, (size_t)length, MSG_NOSIGNAL);
}

/* A favicon is asked for as well, and any program may knock. */
static bool serve(int listener, const char *state, struct redirect *redirect)
{
    char request[REQUEST_MAX];
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int fd = accept4(listener, (struct sockaddr *)&peer, &length,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);
    bool ours = false;

    if (fd < 0)
        return false;
    read_request(fd, request, sizeof request);
    bool is_root = strncmp(request, "GET /?", 6) == 0;

    request[strcspn(request, "\r\n")] = '\0';
    if (is_root)
        ours = take(redirect, request + 4, state);
    if (!is_root)
        respond(fd, "404 Not Found", "There is nothing here.");
    else if (!ours)
        respond(fd, "400 Bad Request",
                "This is not the answer to the sign-in that was begun.");
    else if (redirect->code)
        respond(fd, "200 OK",
                "That is all here; the terminal says how it went. This page "
                "can be closed.");
    else
        respond(fd, "200 OK", "The sign-in was declined.");
    explicit_bzero(request, sizeof request);
    close(fd);
    return ours;
}

/* ---- the person ---- */

/* False at the end of the input, too, which then is not looked at again. */
static bool read_line(int *input, const char *state, struct redirect *redirect)
{
    char line[REQUEST_MAX];
    ssize_t got = read(*input, line, sizeof line - 1);
    bool ours = false;

    if (got <= 0) {
        *input = -1;
        return false;
    }
    line[got] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    if (line[0])
        ours = take(redirect, line, state);
    if (line[0] && !ours)
        fputs("That is not the address of the page at the end of this "
              "sign-in.\n",
              stderr);
    explicit_bzero(line, sizeof line);
    return ours;
}

int redirect_wait(int listener, int input, const char *state, int64_t end_ms,
                  struct redirect *redirect, struct error *err)
{
    for (;;) {
        struct pollfd fds[] = {{.fd = listener, .events = POLLIN},
                               {.fd = input, .events = POLLIN}};
        int64_t left_ms = end_ms - clock_boottime_ms();

        if (left_ms <= 0)
            return error_set(err, ERROR_PERSON, "signin",
                             "nobody has signed in in time; begin anew");
        if (poll(fds, 2, left_ms > 1000 ? 1000 : (int)left_ms) < 0 &&
            errno != EINTR)
            return error_set(err, ERROR_LATER, "signin", "%s", strerror(errno));
        if (fds[0].revents && serve(listener, state, redirect))
            return 0;
        if (fds[1].revents && read_line(&input, state, redirect))
            return 0;
    }
}
