#include "core/control.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

/* How long somebody may take to take what is said. */
#define TAKE_MS 10000

/* A follower who leaves more than this lying does not listen any more. */
#define UNTAKEN_MAX 1000000

char *control_path(const char *state)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char *path = runtime && runtime[0] == '/'
                     ? xasprintf("%s/imappushd/control", runtime)
                     : xasprintf("%s/control", state);

    if (strlen(path) < sizeof((struct sockaddr_un *)NULL)->sun_path)
        return path;
    free(path);
    return NULL;
}

/* ---- listening ---- */

/* Makes the socket's folder, if it is not the state folder, which is there. */
static int make_folder(const char *path)
{
    char *folder = xstrdup(path);

    *strrchr(folder, '/') = '\0';
    int result = mkdir(folder, 0700) < 0 && errno != EEXIST ? -1 : 0;

    free(folder);
    return result;
}

/* Binds where nobody listens; what a daemon that was killed left goes away. */
static int bind_to(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    union {
        const struct sockaddr_un *in;
        const struct sockaddr *out;
    } to = {&address};

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, to.out, sizeof address) == 0) {
        errno = EADDRINUSE;
        return -1;
    }
    if (errno == ECONNREFUSED)
        unlink(path);
    mode_t mask = umask(0177);
    int result = bind(fd, to.out, sizeof address);

    umask(mask);
    return result;
}

void control_open(struct control *control, const char *state)
{
    *control = (struct control){.path = control_path(state), .listener = -1};
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        control->clients[i].fd = -1;
    if (!control->path) {
        log_warning("no control socket: its path would be too long; is "
                    "XDG_RUNTIME_DIR right?");
        return;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0 && make_folder(control->path) == 0 &&
        bind_to(fd, control->path) == 0 && listen(fd, BACKLOG) == 0) {
        control->listener = fd;
        return;
    }
    log_warning("no control socket: %s: %s", control->path,
                errno == EADDRINUSE ? "another daemon listens there"
                                    : strerror(errno));
    if (fd >= 0)
        close(fd);
    free(control->path);
    control->path = NULL;
}

/* What lies unread would take the answer with it. */
static void hang_up(struct control_client *client)
{
    char rest[4096];

    if (client->fd >= 0) {
        (void)recv(client->fd, rest, sizeof rest, MSG_DONTWAIT);
        close(client->fd);
    }
    client->fd = -1;
    client->follows = client->waits = false;
    buffer_finish(&client->out);
}

void control_close(struct control *control)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        hang_up(&control->clients[i]);
    if (control->listener >= 0) {
        unlink(control->path);
        close(control->listener);
    }
    control->listener = -1;
    free(control->path);
    control->path = NULL;
}

void control_links(const struct control *control, struct pollfd *fds)
{
    fds[0] = (struct pollfd){.fd = control->listener, .events = POLLIN};
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        const struct control_client *client = &control->clients[i];

        fds[1 + i] = (struct pollfd){.fd = client->fd,
                                     .events = client->out.length > 0 ? POLLOUT
                                                                      : POLLIN};
    }
}

/* ---- what is said to us ---- */

static bool is_ours(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           peer.uid == geteuid();
}

/* A free place, or that of the oldest who does not follow. */
static struct control_client *find_place(struct control *control)
{
    struct control_client *place = NULL;

    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        struct control_client *client = &control->clients[i];

        if (client->fd < 0)
            return client;
        if (!client->follows && (!place || client->number < place->number))
            place = client;
    }
    return place;
}

static void welcome(struct control *control, int fd)
{
    struct control_client *client = find_place(control);

    hang_up(client);
    *client = (struct control_client){
        .fd = fd, .number = control->callers++, .by_ms = CLOCK_NEVER};
}

static void listen_to(struct control_client *client)
{
    char rest[256];
    size_t room = sizeof client->line - 1 - client->length;
    char *to = client->answered ? rest : client->line + client->length;
    ssize_t got = recv(client->fd, to, client->answered ? sizeof rest : room,
                       MSG_DONTWAIT);

    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        hang_up(client);
    else if (got > 0 && !client->answered)
        client->length += (size_t)got;
    client->line[client->length] = '\0';
}

/* What it has not taken yet, as much as it takes now. */
static void go_on(struct control_client *client)
{
    ssize_t sent;

    while (client->sent < client->out.length) {
        sent = send(client->fd, client->out.data + client->sent,
                    client->out.length - client->sent,
                    MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            client->sent += (size_t)sent;
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            hang_up(client);
            return;
        }
    }
    buffer_finish(&client->out);
    client->sent = 0;
    client->by_ms = CLOCK_NEVER;
    if (!client->follows && !client->waits)
        hang_up(client);
}

bool control_read(struct control *control, const struct pollfd *fds)
{
    bool any = false;
    int fd;

    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        struct control_client *client = &control->clients[i];

        if (!fds[1 + i].revents)
            continue;
        if (client->out.length > 0)
            go_on(client);
        else
            listen_to(client);
        any = true;
    }
    if (!fds[0].revents)
        return any;
    fd = accept(control->listener, NULL, NULL); /* children close all */
    if (fd >= 0 && is_ours(fd))
        welcome(control, fd);
    else if (fd >= 0)
        close(fd);
    return true;
}

struct control_client *control_next(struct control *control)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        struct control_client *client = &control->clients[i];
        char *end = memchr(client->line, '\n', client->length);
        bool whole = end || client->length == sizeof client->line - 1;

        if (client->fd < 0 || client->answered || !whole)
            continue;
        /* one line and no more, without NUL */
        if (!end || strlen(client->line) != client->length || end[1])
            end = client->line;
        *end = '\0';
        return client;
    }
    return NULL;
}

void control_wait(struct control_client *client)
{
    client->answered = true;
    client->waits = true;
}

struct control_client *control_waiting(struct control *control, size_t *index)
{
    while (*index < CONTROL_CLIENTS) {
        struct control_client *client = &control->clients[(*index)++];

        if (client->fd >= 0 && client->waits)
            return client;
    }
    return NULL;
}

/* ---- what we say ---- */

/* Says it as soon as it is taken; false where that is too much. */
static bool say(struct control_client *client, size_t most, const char *text,
                size_t length)
{
    client->answered = true;
    if (client->out.length == 0)
        client->by_ms =
            clock_boottime_ms() + clock_patience_ms("CALLER", TAKE_MS);
    client->out.maximum = most;
    if (buffer_add(&client->out, text, length) < 0)
        return false;
    go_on(client);
    return true;
}

void control_answer(struct control_client *client, const char *text,
                    size_t length)
{
    client->waits = false;
    if (!say(client, CONTROL_ANSWER_MAX, text, length))
        hang_up(client);
}

void control_tell_waiting(struct control_client *client, const char *text,
                          size_t length)
{
    if (!say(client, UNTAKEN_MAX, text, length))
        hang_up(client);
}

bool control_answer_and_stay(struct control *control,
                             struct control_client *client, const char *text)
{
    size_t followers = 0;

    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        followers += control->clients[i].follows;
    if (followers == CONTROL_FOLLOWERS)
        return false;
    client->follows = true;
    control_answer(client, text, strlen(text));
    return true;
}

bool control_is_followed(const struct control *control)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        if (control->clients[i].follows)
            return true;
    }
    return false;
}

void control_tell_followers(struct control *control, const char *text,
                            size_t length)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        struct control_client *client = &control->clients[i];

        if (client->follows && !say(client, UNTAKEN_MAX, text, length))
            hang_up(client);
    }
}

void control_run(struct control *control, int64_t now_ms)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        if (control->clients[i].fd >= 0 && control->clients[i].by_ms <= now_ms)
            hang_up(&control->clients[i]);
    }
}

int64_t control_due(const struct control *control)
{
    int64_t due_ms = CLOCK_NEVER;

    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        const struct control_client *client = &control->clients[i];

        if (client->fd >= 0 && client->by_ms < due_ms)
            due_ms = client->by_ms;
    }
    return due_ms;
}
