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

enum { OUT, DIAGNOSTICS, PIPES };

struct command {
    int ends[PIPES]; /* where we read; -1 at the end of file */
    int guard;       /* a pidfd */
    pid_t group;
    struct buffer *kept[PIPES];
};

static _Noreturn void become(const char *const *argv, const int *pipes)
{
    int null = open("/dev/null", O_RDONLY);
    union {
        const char *const *in;
        char *const *out;
    } words = {argv};

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
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

/* The guard: only the write ends of the pipes are left to it. */
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

static int start(const char *const *argv, struct command *command,
                 struct error *err)
{
    int pipes[PIPES][2] = {{-1, -1}, {-1, -1}};
    pid_t parent = getpid();

    if (pipe2(pipes[OUT], O_CLOEXEC) < 0)
        return error_set(err, ERROR_LATER, "command",
                         "could not be started: %s", strerror(errno));
    if (command->kept[DIAGNOSTICS] &&
        pipe2(pipes[DIAGNOSTICS], O_CLOEXEC) < 0) {
        close(pipes[OUT][0]);
        close(pipes[OUT][1]);
        return error_set(err, ERROR_LATER, "command",
                         "could not be started: %s", strerror(errno));
    }
    command->group = fork();
    if (command->group == 0) {
        int ends[PIPES] = {pipes[OUT][1], pipes[DIAGNOSTICS][1]};

        guard(argv, ends, parent);
    }
    if (command->group > 0)
        setpgid(command->group, command->group); /* whoever comes first */
    for (int i = 0; i < PIPES; i++) {
        command->ends[i] = pipes[i][0];
        if (pipes[i][0] < 0)
            continue;
        close(pipes[i][1]);
        fcntl(command->ends[i], F_SETFL, O_NONBLOCK);
    }
    command->guard = command->group < 0
                         ? -1
                         : (int)syscall(SYS_pidfd_open, command->group, 0);
    if (command->guard >= 0)
        return 0;
    return error_set(err, ERROR_LATER, "command", "could not be started: %s",
                     strerror(errno));
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
        };

        if (poll(fds, 4, -1) < 0 && errno != EINTR)
            break;
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
    struct command command = {.kept = {out, diagnostics}};
    int status = 0;

    if (start(argv, &command, err) < 0)
        return -1;
    int result = collect(&command, patience_ms, err);

    if (result < 0)
        kill(-command.group, SIGKILL);
    while (waitpid(command.group, &status, 0) < 0 && errno == EINTR)
        ;
    for (int i = 0; i < PIPES; i++) {
        if (command.ends[i] >= 0 && result == 0 && !drain(&command, i))
            result = error_set(err, ERROR_LATER, "command", "printed too much");
        if (command.ends[i] >= 0)
            close(command.ends[i]);
    }
    close(command.guard);
    if (result < 0)
        return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
