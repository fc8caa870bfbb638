#include "cli/daemon.h"

#include "base/alloc.h"
#include "cli/answer.h"
#include "core/control.h"
#include "core/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

/* Reading a configuration is a matter of milliseconds. */
#define PATIENCE_S 30

#define CHUNK 65536

static int connect_to(const char *path, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    union {
        const struct sockaddr_un *in;
        const struct sockaddr *out;
    } to = {&address};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (fd >= 0 && connect(fd, to.out, sizeof address) == 0)
        return fd;
    error_set(err, ERROR_LATER, "not-running", "no daemon listens at %s: %s",
              path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

int daemon_call(const char *line, struct error *err)
{
    char *state = state_path(), *path = control_path(state);
    char *words = xasprintf("%s\n", line);
    int fd = path ? connect_to(path, err) : -1;

    if (!path)
        error_set(err, ERROR_PERSON, "path",
                  "the path of the control socket is too long; is "
                  "XDG_RUNTIME_DIR right?");
    if (fd >= 0 && send(fd, words, strlen(words), MSG_NOSIGNAL) < 0) {
        error_set(err, ERROR_LATER, "no-answer", "the daemon hung up: %s",
                  strerror(errno));
        close(fd);
        fd = -1;
    }
    free(words);
    free(state);
    free(path);
    return fd;
}

/* Takes all that comes; false, with errno, where it breaks off. */
static bool take(int fd, struct buffer *answer)
{
    ssize_t got = -1;
    char *room;

    while ((room = buffer_room(answer, CHUNK)) &&
           (got = recv(fd, room, CHUNK, 0)) > 0) {
        answer->length += (size_t)got;
        answer->data[answer->length] = '\0';
    }
    return got == 0 && answer->length > 0 &&
           answer->data[answer->length - 1] == '\n';
}

/* What the exit status is for a code of the daemon's. */
static int status_of(const char *code)
{
    static const struct {
        const char *code;
        int status;
    } known[] = {
        {"ok", EX_OK},
        {"unknown-name", EX_NOINPUT},
        {"too-long", EX_SOFTWARE},
        {"busy", EX_TEMPFAIL},
        {"held", EX_TEMPFAIL},
        {"unknown-endpoint", EX_NOINPUT},
        {"removed", EX_NOINPUT},
        {"end", EX_SOFTWARE},
        {"config", EX_CONFIG},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].code, code) == 0)
            return known[i].status;
    }
    return EX_PROTOCOL;
}

int daemon_judge(const char *text, struct error *err)
{
    struct answer *answer = answer_parse(text);
    const char *code = answer ? answer_text(answer, "code") : "nonsense";
    int status = *code ? status_of(code) : EX_OK;

    if (status == EX_PROTOCOL)
        error_set(err, ERROR_PERSON, code,
                  "the daemon does not understand; is it of another version?");
    else if (status != EX_OK)
        error_set(err, ERROR_PERSON, code, "%s; %s",
                  answer_text(answer, "text"), answer_text(answer, "action"));
    answer_destroy(&answer);
    return status;
}

int daemon_ask(const char *line, struct buffer *answer, struct error *err)
{
    return daemon_ask_within(line, PATIENCE_S, answer, err);
}

int daemon_ask_within(const char *line, int patience_s, struct buffer *answer,
                      struct error *err)
{
    const struct timeval patience = {.tv_sec = patience_s};
    int fd = daemon_call(line, err);

    buffer_init(answer, CONTROL_ANSWER_MAX + CHUNK);
    if (fd < 0)
        return EX_UNAVAILABLE;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    errno = 0;
    bool whole = take(fd, answer), late = errno == EAGAIN;

    close(fd);
    if (whole)
        return daemon_judge(answer->data, err);
    if (late) {
        error_set(err, ERROR_LATER, "timeout", "no answer within %d s",
                  patience_s);
        return EX_TEMPFAIL;
    }
    error_set(err, ERROR_LATER, "no-answer",
              "the daemon did not answer; it may be stopping");
    return EX_UNAVAILABLE;
}

bool daemon_is_missing(const struct error *err)
{
    return strcmp(err->code, "not-running") == 0 ||
           strcmp(err->code, "path") == 0;
}
