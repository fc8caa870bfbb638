#include "core/process.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/record.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANG_UP_MS 1000

int process_start(struct process *process, process_main *main, void *context,
                  int64_t patience_ms)
{
    int ends[2];
    pid_t parent = getpid();

    if (record_pair(ends) < 0)
        return -1;
    pid_t pid = fork();

    if (pid == 0) {
        main(context, child_settle(parent, ends[1]));
        _exit(0);
    }
    int saved = errno;

    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        errno = saved;
        return -1;
    }
    setpgid(pid, pid); /* whoever comes first */
    *process = (struct process){.pid = pid,
                                .link = ends[0],
                                .by_ms = clock_boottime_ms() + patience_ms};
    return 0;
}

void process_kill(struct process *process)
{
    if (process->pid == 0)
        return;
    kill(-process->pid, SIGKILL);
    kill(process->pid, SIGKILL); /* should it not have its group yet */
    while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    process->pid = 0;
}

void process_close(struct process *process)
{
    if (process->link >= 0)
        close(process->link);
    *process = (struct process){.link = -1, .by_ms = CLOCK_NEVER};
}

void process_hang_up(struct process *process)
{
    int64_t by_ms = clock_boottime_ms() + HANG_UP_MS;

    close(process->link);
    process->link = -1;
    if (process->by_ms > by_ms)
        process->by_ms = by_ms;
}

pid_t process_reap(char *words, size_t size)
{
    siginfo_t info = {0};
    int status = 0;

    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
        info.si_pid == 0)
        return 0;
    kill(-info.si_pid, SIGKILL); /* its pid is still taken: no one else's */
    waitpid(info.si_pid, &status, 0);
    words[0] = '\0';
    if (WIFSIGNALED(status))
        snprintf(words, size, "was killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        snprintf(words, size, "left with status %d", WEXITSTATUS(status));
    return info.si_pid;
}

#define MINUTE_MS 60000
#define STARTS (sizeof((struct pace *)0)->starts_ms / sizeof(int64_t))

int64_t pace_next(const struct pace *pace, int64_t now_ms)
{
    int64_t newest = pace->starts_ms[(pace->next + STARTS - 1) % STARTS];
    int64_t second = pace->starts_ms[(pace->next + STARTS - 2) % STARTS];
    int64_t oldest = pace->starts_ms[pace->next];

    if (oldest && oldest + MINUTE_MS > now_ms)
        return oldest + MINUTE_MS;
    if (second && second + MINUTE_MS > now_ms && newest + 1000 > now_ms)
        return newest + 1000;
    return now_ms;
}

void pace_count(struct pace *pace, int64_t now_ms)
{
    pace->starts_ms[pace->next] = now_ms;
    pace->next = (pace->next + 1) % STARTS;
}
