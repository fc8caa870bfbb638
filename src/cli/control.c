#include "cli/control.h"

#include "core/control.h"
#include "core/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

/* Reading a configuration is a matter of milliseconds. */
#define PATIENCE_S 30

static int call(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    union {
        const struct sockaddr_un *in;
        const struct sockaddr *out;
    } to = {&address};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (fd >= 0 && connect(fd, to.out, sizeof address) < 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/* The daemon's answer, NUL-terminated; false where there is none. */
static bool ask(int fd, const char *line, char *answer, size_t size)
{
    size_t length = 0;
    ssize_t got;

    if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
        return false;
    while (length < size - 1 &&
           (got = recv(fd, answer + length, size - 1 - length, 0)) > 0)
        length += (size_t)got;
    answer[length] = '\0';
    return length > 0;
}

static int judge(const char *answer)
{
    if (strcmp(answer, control_words(CONTROL_OK)) == 0)
        return EX_OK;
    if (strcmp(answer, control_words(CONTROL_BAD_CONFIG)) == 0) {
        fprintf(stderr, "imappushd: the configuration has errors, and the "
                        "daemon stays with the old one; see --check-config\n");
        return EX_CONFIG;
    }
    fprintf(stderr, "imappushd: the daemon does not understand; is it of "
                    "another version?\n");
    return EX_PROTOCOL;
}

/* One that listens, or none: NONE, with errno. */
enum { NONE = -1, NO_PATH = -2 };

static int find_daemon(char **path)
{
    char *state = state_path();

    *path = control_path(state);
    free(state);
    return *path ? call(*path) : NO_PATH;
}

static int talk(int fd, const char *line)
{
    char answer[1024];
    int status = EX_UNAVAILABLE;

    if (ask(fd, line, answer, sizeof answer))
        status = judge(answer);
    else
        fprintf(stderr, "imappushd: the daemon did not answer; it may be "
                        "stopping\n");
    close(fd);
    return status;
}

static int say(const char *line)
{
    char *path;
    int fd = find_daemon(&path), status = EX_UNAVAILABLE;

    if (fd == NO_PATH)
        fprintf(stderr, "imappushd: the path of the control socket is too "
                        "long; is XDG_RUNTIME_DIR right?\n");
    else if (fd == NONE)
        fprintf(stderr, "imappushd: no daemon listens at %s: %s\n", path,
                strerror(errno));
    else
        status = talk(fd, line);
    free(path);
    return status;
}

int control_tell(void)
{
    char *path;
    int fd = find_daemon(&path);

    free(path);
    return fd >= 0 ? talk(fd, "reload\n") : EX_OK;
}

int control_reload(const struct command *command)
{
    (void)command;
    return say("reload\n");
}

int control_check_now(const struct command *command)
{
    (void)command;
    return say("check-now\n");
}
