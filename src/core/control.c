#include "core/control.h"

#include "base/alloc.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

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

const char *control_words(enum control_answer answer)
{
    static const char *const words[CONTROL_ANSWERS] = {
        [CONTROL_OK] = "{\"code\":\"ok\"}\n",
        [CONTROL_BAD_CONFIG] =
            "{\"code\":\"config\",\"text\":\"the configuration has errors; the "
            "old one stays in force\",\"action\":\"imappushd --check-config "
            "says what is wrong\"}\n",
        [CONTROL_BAD_COMMAND] = "{\"code\":\"command\",\"text\":\"not "
                                "understood\",\"action\":\"say "
                                "reload or check-now, in one line\"}\n",
    };

    return words[answer];
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

static void hang_up(struct control_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
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
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        fds[1 + i] =
            (struct pollfd){.fd = control->clients[i].fd, .events = POLLIN};
}

/* ---- what is said ---- */

static bool is_ours(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           peer.uid == geteuid();
}

static void welcome(struct control *control, int fd)
{
    struct control_client *client = &control->clients[control->oldest];

    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        if (control->clients[i].fd < 0)
            client = &control->clients[i];
    }
    control->oldest = (control->oldest + 1) % CONTROL_CLIENTS;
    hang_up(client);
    *client = (struct control_client){.fd = fd};
}

static void listen_to(struct control_client *client)
{
    ssize_t got = recv(client->fd, client->line + client->length,
                       sizeof client->line - 1 - client->length, MSG_DONTWAIT);

    if (got > 0)
        client->length += (size_t)got;
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        hang_up(client);
    client->line[client->length] = '\0';
}

bool control_read(struct control *control, const struct pollfd *fds)
{
    bool any = false;
    int fd;

    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        if (fds[1 + i].revents) {
            listen_to(&control->clients[i]);
            any = true;
        }
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

struct control_client *control_next(struct control *control,
                                    enum control_command *command)
{
    static const char *const commands[] = {
        [CONTROL_RELOAD] = "reload\n",
        [CONTROL_CHECK_NOW] = "check-now\n",
    };

    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        struct control_client *client = &control->clients[i];
        bool whole = memchr(client->line, '\n', client->length) ||
                     client->length == sizeof client->line - 1;

        if (client->fd < 0 || !whole)
            continue;
        for (*command = 0; *command < CONTROL_UNKNOWN; (*command)++) {
            if (strcmp(client->line, commands[*command]) == 0)
                break;
        }
        return client;
    }
    return NULL;
}

void control_reply(struct control_client *client, enum control_answer answer)
{
    const char *words = control_words(answer);
    char rest[4096];

    /* what lies unread would take the answer with it */
    (void)recv(client->fd, rest, sizeof rest, MSG_DONTWAIT);
    /* shorter than a socket's buffer; who does not read gets nothing */
    (void)send(client->fd, words, strlen(words), MSG_DONTWAIT | MSG_NOSIGNAL);
    hang_up(client);
}
