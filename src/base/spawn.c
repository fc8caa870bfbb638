#include "base/spawn.h"

#include "base/child.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUT, DIAGNOSTICS, READ_PIPES, IN = READ_PIPES, PIPES };

struct command {
    int ends[PIPES]; /* ours; -1 at the end of file, and for no input */
    int guard;       /* a pidfd */
    pid_t group;
    struct buffer *kept[READ_PIPES];
    const struct buffer *input;
    size_t sent; /* of it */
};

static _Noreturn void become(const char *const *argv, const int *pipes)
{
    int in = pipes[IN] >= 0 ? pipes[IN] : open("/dev/null", O_RDONLY);
    union {
        const char *const *in;
        char *const *out;
    } words = {argv};

    if (in < 0 || dup2(in, STDIN_FILENO) < 0 ||
        dup2(pipes[OUT], STDOUT_FILENO) < 0 ||
        (pipes[DIAGNOSTICS] >= 0 &&
         dup2(pipes[DIAGNOSTICS], STDERR_FILENO) < 0))
        _exit(127);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    close_range(3, ~0U, 0);
    execvp(argv[0], words.out);
    dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static void take_group_along(int signal_number)
{
    (void)signal_number;
    kill(0, SIGKILL);
}

/* The guard: only the command's ends of the pipes are left to it. */
static _Noreturn void guard(const char *const *argv, const int *pipes,
                            pid_t parent)
{
    int status = 0;

    setpgid(0, 0);
    signal(SIGTERM, take_group_along);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(127);
    pid_t command = fork();

    if (command == 0)
        become(argv, pipes);
    close_range(3, ~0U, 0);
    while (command > 0 && waitpid(command, &status, 0) < 0) {
        if (errno != EINTR)
            _exit(127);
    }
    _exit(command < 0           ? 127
          : WIFSIGNALED(status) ? 128 + WTERMSIG(status)
                                : WEXITSTATUS(status));
}

static int not_started(struct error *err)
{
    return error_set(err, ERROR_LATER, "command", "could not be started: %s",
                     strerror(errno));
}

static void close_ends(int *ends)
{
    for (int i = 0; i < PIPES; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
        ends[i] = -1;
    }
}

/* The command's ends into theirs, ours into the command. */
static int make_pipes(struct command *command, int *theirs)
{
    for (int i = 0; i < PIPES; i++)
        command->ends[i] = theirs[i] = -1;
    for (int i = 0; i < PIPES; i++) {
        int ends[2];

        if (i == IN ? !command->input : !command->kept[i])
            continue;
        if (pipe2(ends, O_CLOEXEC) < 0) {
            close_ends(command->ends);
            close_ends(theirs);
            return -1;
        }
        command->ends[i] = ends[i == IN];
        theirs[i] = ends[i != IN];
        fcntl(command->ends[i], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

static int start(const char *const *argv, struct command *command,
                 struct error *err)
{
    int theirs[PIPES];
    pid_t parent = getpid();

    if (make_pipes(command, theirs) < 0)
        return not_started(err);
    command->group = fork();
    if (command->group == 0)
        guard(argv, theirs, parent);
    if (command->group > 0)
        setpgid(command->group, command->group); /* whoever comes first */
    close_ends(theirs);
    command->guard = command->group < 0
                         ? -1
                         : (int)syscall(SYS_pidfd_open, command->group, 0);
    return command->guard >= 0 ? 0 : not_started(err);
}

/* Writes what there is room for. Who does not want all of it may hang up. */
static void feed(struct command *command)
{
    const struct buffer *input = command->input;
    ssize_t sent = write(command->ends[IN], input->data + command->sent,
                         input->length - command->sent);

    if (sent > 0)
        command->sent += (size_t)sent;
    if ((sent < 0 && errno != EAGAIN && errno != EINTR) ||
        command->sent == input->length) {
        close(command->ends[IN]);
        command->ends[IN] = -1;
    }
}

/* More than a pipe holds, less than what never ends. */
#define CHUNKS 32

/* Reads what is there; false when out is full. */
static bool drain(struct command *command, int which)
{
    struct buffer *kept = command->kept[which];
    char chunk[4096];
    ssize_t got = -1;
    bool fits = true;

    for (int i = 0; i < CHUNKS && fits; i++) {
        got = read(command->ends[which], chunk, sizeof chunk);
        if (got <= 0)
            break;
        size_t left = kept->maximum - kept->length;

        fits = (size_t)got <= left || which == DIAGNOSTICS;
        buffer_add(kept, chunk, (size_t)got < left ? (size_t)got : left);
    }
    explicit_bzero(chunk, sizeof chunk);
    if (fits && got == 0) {
        close(command->ends[which]);
        command->ends[which] = -1;
    }
    return fits;
}

static int collect(struct command *command, int64_t patience_ms,
                   struct error *err)
{
    int timer = clock_timer(), result = -1;

    clock_timer_set(timer, clock_boottime_ms() + patience_ms);
    for (;;) {
        struct pollfd fds[] = {
            {.fd = command->ends[OUT], .events = POLLIN},
            {.fd = command->ends[DIAGNOSTICS], .events = POLLIN},
            {.fd = command->guard, .events = POLLIN},
            {.fd = timer, .events = POLLIN},
            {.fd = command->ends[IN], .events = POLLOUT},
        };

        if (poll(fds, 5, -1) < 0 && errno != EINTR)
            break;
        if (fds[4].revents)
            feed(command);
        if ((fds[0].revents && !drain(command, OUT)) ||
            (fds[1].revents && !drain(command, DIAGNOSTICS))) {
            error_set(err, ERROR_LATER, "command",
                      "printed too much and was stopped");
            break;
        }
        if (fds[2].revents) {
            result = 0;
            break;
        }
        if (fds[3].revents) {
            error_set(err, ERROR_LATER, "command",
                      "did not end within %lld s and was stopped",
                      (long long)patience_ms / 1000);
            break;
        }
    }
    close(timer);
    return result;
}

int spawn_command(const char *const *argv, int64_t patience_ms,
                  struct buffer *out, struct buffer *diagnostics,
                  struct error *err)
{
    return spawn_with_input(argv, NULL, patience_ms, out, diagnostics, err);
}

int spawn_with_input(const char *const *argv, const struct buffer *input,
                     int64_t patience_ms, struct buffer *out,
                     struct buffer *diagnostics, struct error *err)
{
    struct command command = {.kept = {out, diagnostics}, .input = input};
    int status = 0;

    if (start(argv, &command, err) < 0)
        return -1;
    int result = collect(&command, patience_ms, err);

    if (result < 0)
        kill(-command.group, SIGKILL);
    while (waitpid(command.group, &status, 0) < 0 && errno == EINTR)
        ;
    for (int i = 0; i < READ_PIPES; i++) {
        if (command.ends[i] >= 0 && result == 0 && !drain(&command, i))
            result = error_set(err, ERROR_LATER, "command", "printed too much");
    }
    close_ends(command.ends);
    close(command.guard);
    if (result < 0)
        return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
