/*
 * Children of the core: they start clean, and end with all that they started.
 *
 * The test is a subreaper, as the core is.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/record.h"
#include "core/process.h"

static struct record *record;

static int begin(void **state)
{
    (void)state;
    record = record_create(false);
    return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int end(void **state)
{
    (void)state;
    record_destroy(&record);
    return waitpid(-1, NULL, WNOHANG) == -1 ? 0 : -1; /* nobody is left */
}

/* The next record of a child. */
static void hear(const struct process *process)
{
    struct pollfd link = {.fd = process->link, .events = POLLIN};

    assert_int_equal(poll(&link, 1, 10000), 1);
    assert_int_equal(record_receive(process->link, record), 1);
}

static struct process start(process_main *child, void *context)
{
    struct process process = {.link = -1};

    assert_int_equal(process_start(&process, child, context, 5000), 0);
    assert_true(process.pid > 0);
    assert_true(process.link >= 0);
    return process;
}

static void finish(struct process *process)
{
    process_kill(process);
    process_close(process);
    assert_int_equal(process->pid, 0);
    assert_int_equal(process->link, -1);
    assert_true(process->by_ms == CLOCK_NEVER);
}

/* ---- in children ---- */

static void say(int link, const int64_t *numbers, size_t count)
{
    struct record *words = record_create(false);

    record_start(words, 1);
    for (size_t i = 0; i < count; i++)
        record_put_number(words, numbers[i]);
    if (record_send(link, words) < 0)
        _exit(99);
}

/* Tells what it finds around itself. */
static void look_around(void *context, int link)
{
    sigset_t mask;
    struct sigaction action;
    int signal_number = 0, others = 0;

    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int i = 1; i < NSIG; i++) {
        bool plain = sigaction(i, NULL, &action) < 0 ||
                     action.sa_handler == (i == SIGPIPE ? SIG_IGN : SIG_DFL);

        if (sigismember(&mask, i) == 1 || !plain)
            signal_number = i;
    }
    for (int fd = 4; fd < 100; fd++)
        others += fcntl(fd, F_GETFD) >= 0;
    prctl(PR_GET_PDEATHSIG, context);
    const int64_t answers[] = {
        link,   getpgrp() == getpid(),           signal_number,
        others, getenv("NOTIFY_SOCKET") != NULL, *(int *)context};

    say(link, answers, sizeof answers / sizeof *answers);
    pause();
}

/* Has a child itself, which takes no hint. */
static void have_a_child(void *context, int link)
{
    pid_t grandchild = fork();

    (void)context;
    if (grandchild == 0) {
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        for (;;)
            pause();
    }
    say(link, &(int64_t){grandchild}, 1);
    pause();
}

static void leave_a_child_behind(void *context, int link)
{
    if (fork() == 0) {
        for (;;)
            pause();
    }
    say(link, &(int64_t){0}, 1);
    _exit(*(int *)context);
}

static void end_as_told(void *context, int link)
{
    int how = *(int *)context;

    (void)link;
    if (how < 0) {
        signal(-how, SIG_DFL);
        kill(getpid(), -how);
        pause();
    }
    _exit(how);
}

static void return_from_main(void *context, int link)
{
    (void)context, (void)link;
}

/* ---- starting ---- */

static void child_starts_clean(void **state)
{
    sigset_t all, before;
    int open_fd = open("/dev/null", O_RDONLY), context = 0;

    (void)state;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    signal(SIGUSR1, SIG_IGN);
    setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
    struct process process = start(look_around, &context);

    sigprocmask(SIG_SETMASK, &before, NULL);
    signal(SIGUSR1, SIG_DFL);
    unsetenv("NOTIFY_SOCKET");
    close(open_fd);
    hear(&process);
    assert_int_equal(record_get_number(record), 3);       /* its link */
    assert_int_equal(record_get_number(record), 1);       /* its group */
    assert_int_equal(record_get_number(record), 0);       /* signals */
    assert_int_equal(record_get_number(record), 0);       /* descriptors */
    assert_int_equal(record_get_number(record), 0);       /* NOTIFY_SOCKET */
    assert_int_equal(record_get_number(record), SIGKILL); /* PDEATHSIG */
    assert_true(record_complete(record));
    finish(&process);
}

static void first_promise_counts_from_the_start(void **state)
{
    int64_t before_ms = clock_boottime_ms();
    struct process process = start(have_a_child, NULL);

    (void)state;
    assert_in_range(process.by_ms - before_ms, 5000, 7000);
    hear(&process);
    finish(&process);
    process_reap((char[99]){0}, 99); /* the grandchild, now ours */
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

static void child_cannot_be_started(void **state)
{
    struct process process = {.link = -1};
    struct rlimit limit, before;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    int result = process_start(&process, have_a_child, NULL, 1);
    int reason = errno;

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(result, -1);
    assert_int_equal(reason, EMFILE);
    assert_int_equal(process.link, -1);
    assert_int_equal(process.pid, 0);
}

/* ---- ending ---- */

static bool is_gone(pid_t pid)
{
    for (int i = 0; i < 2000; i++) {
        waitpid(pid, NULL, WNOHANG);
        if (kill(pid, 0) < 0)
            return true;
        usleep(1000);
    }
    return false;
}

static void kill_takes_the_group_along(void **state)
{
    struct process process = start(have_a_child, NULL);
    pid_t pid = process.pid;

    (void)state;
    hear(&process);
    pid_t grandchild = (pid_t)record_get_number(record);

    process_kill(&process);
    assert_int_equal(process.pid, 0);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1); /* reaped */
    assert_true(is_gone(grandchild));
    finish(&process);
    finish(&process); /* twice does no harm */
}

/* It may not even have its group yet. */
static void kill_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        struct process process = start(have_a_child, NULL);

        finish(&process);
    }
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

static void words_from_before_the_kill_can_be_read(void **state)
{
    struct process process = start(have_a_child, NULL);
    struct pollfd link = {.fd = process.link, .events = POLLIN};

    (void)state;
    assert_int_equal(poll(&link, 1, 10000), 1);
    process_kill(&process);
    assert_true(process.link >= 0);
    assert_int_equal(record_receive(process.link, record), 1);
    assert_true(record_get_number(record) > 0);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    assert_int_equal(record_receive(process.link, record), 0);
    process_close(&process);
}

static pid_t reap(char *words, size_t size)
{
    pid_t pid;

    for (int i = 0; (pid = process_reap(words, size)) == 0 && i < 5000; i++)
        usleep(1000);
    return pid;
}

static void reaped_with_words(void **state)
{
    static const struct {
        int how; /* exit status, or minus a signal */
        const char *words;
    } cases[] = {
        {0, ""},
        {1, "left with status 1"},
        {255, "left with status 255"},
        {-SIGSEGV, "was killed by signal 11 (Segmentation fault)"},
        {-SIGKILL, "was killed by signal 9 (Killed)"},
        {-SIGTERM, "was killed by signal 15 (Terminated)"},
    };
    char words[64];

    (void)state;
    assert_int_equal(process_reap(words, sizeof words), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int how = cases[i].how;
        struct process process = start(end_as_told, &how);
        pid_t pid = process.pid;

        assert_int_equal(reap(words, sizeof words), pid);
        assert_string_equal(words, cases[i].words);
        assert_int_equal(process_reap(words, sizeof words), 0);
        process_close(&process);
    }
}

static void words_fit_where_there_is_little_room(void **state)
{
    int how = -SIGSEGV;
    struct process process = start(end_as_told, &how);
    char words[8];

    (void)state;
    assert_int_equal(reap(words, sizeof words), process.pid);
    assert_string_equal(words, "was kil");
    process_close(&process);
}

static void child_that_returns_ends_in_order(void **state)
{
    struct process process = start(return_from_main, NULL);
    char words[64];

    (void)state;
    assert_int_equal(reap(words, sizeof words), process.pid);
    assert_string_equal(words, "");
    process_close(&process);
}

static void reap_takes_the_group_along(void **state)
{
    int how = 0;
    struct process process = start(leave_a_child_behind, &how);
    char words[64];

    (void)state;
    hear(&process);
    assert_int_equal(reap(words, sizeof words), process.pid);
    assert_string_equal(words, "");
    assert_true(reap(words, sizeof words) > 0); /* who was left behind */
    assert_string_equal(words, "was killed by signal 9 (Killed)");
    process_close(&process);
}

/* ---- the death of the core ---- */

static void child_dies_with_its_parent(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t core = fork();

    if (core == 0) {
        struct process process = {.link = -1};

        if (process_start(&process, have_a_child, NULL, 5000) < 0)
            _exit(1);
        hear(&process);
        if (write(ends[1], &process.pid, sizeof process.pid) < 0)
            _exit(1);
        pause();
    }
    pid_t session;

    assert_int_equal(read(ends[0], &session, sizeof session), sizeof session);
    kill(core, SIGKILL);
    assert_int_equal(waitpid(core, NULL, 0), core);
    assert_true(is_gone(session));
    kill(-session, SIGKILL); /* its own child lives as long as its group */
    while (waitpid(-1, NULL, 0) > 0)
        ;
    close(ends[0]);
    close(ends[1]);
}

/* ---- pace ---- */

/* Starts as often as it may until then; returns how often. */
static int start_until(struct pace *pace, int64_t *now_ms, int64_t end_ms)
{
    int count = 0;

    for (;;) {
        int64_t at_ms = pace_next(pace, *now_ms);

        assert_true(at_ms >= *now_ms);
        if (at_ms >= end_ms)
            return count;
        *now_ms = at_ms;
        pace_count(pace, at_ms);
        assert_true(++count < 1000);
    }
}

static void crash_loop_is_slowed_down(void **state)
{
    struct pace pace = {.next = 0};
    int64_t now_ms = 5000;

    (void)state;
    assert_int_equal(pace_next(&pace, now_ms), now_ms);
    pace_count(&pace, now_ms);
    assert_int_equal(pace_next(&pace, now_ms), now_ms); /* again at once */
    pace_count(&pace, now_ms);
    assert_int_equal(pace_next(&pace, now_ms), now_ms + 1000);
    assert_int_equal(pace_next(&pace, now_ms + 400), now_ms + 1000);
    assert_int_equal(pace_next(&pace, now_ms + 1000), now_ms + 1000);
}

static void ten_starts_a_minute_at_most(void **state)
{
    (void)state;
    for (int64_t start_ms = 1; start_ms < 10000000000; start_ms *= 7) {
        struct pace pace = {.next = 0};
        int64_t now_ms = start_ms;

        assert_int_equal(start_until(&pace, &now_ms, start_ms + 60000), 10);
        for (int minute = 1; minute < 20; minute++) {
            int64_t end_ms = start_ms + (minute + 1) * 60000;

            assert_in_range(start_until(&pace, &now_ms, end_ms), 9, 11);
        }
        assert_true(pace_next(&pace, now_ms) >= now_ms);
    }
}

/* In no minute, wherever it begins, are there more than ten. */
static void no_minute_has_more(void **state)
{
    struct pace pace = {.next = 0};
    int64_t starts_ms[200], now_ms = 1;

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        if (i % 17 == 0)
            now_ms += 40000; /* one session lived for a while */
        now_ms = pace_next(&pace, now_ms);
        pace_count(&pace, now_ms);
        starts_ms[i] = now_ms;
        if (i >= 10)
            assert_true(now_ms - starts_ms[i - 10] >= 60000);
    }
}

static void session_that_lived_long_is_restarted_at_once(void **state)
{
    struct pace pace = {.next = 0};
    int64_t now_ms = 1000;

    (void)state;
    start_until(&pace, &now_ms, 61000);
    now_ms += 3600000;
    assert_int_equal(pace_next(&pace, now_ms), now_ms);
    pace_count(&pace, now_ms);
    assert_int_equal(pace_next(&pace, now_ms + 10), now_ms + 10);
}

#define WITH_RECORD(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECORD(child_starts_clean),
        WITH_RECORD(first_promise_counts_from_the_start),
        WITH_RECORD(child_cannot_be_started),
        WITH_RECORD(kill_takes_the_group_along),
        WITH_RECORD(kill_at_once),
        WITH_RECORD(words_from_before_the_kill_can_be_read),
        WITH_RECORD(reaped_with_words),
        WITH_RECORD(words_fit_where_there_is_little_room),
        WITH_RECORD(child_that_returns_ends_in_order),
        WITH_RECORD(reap_takes_the_group_along),
        WITH_RECORD(child_dies_with_its_parent),
        cmocka_unit_test(crash_loop_is_slowed_down),
        cmocka_unit_test(ten_starts_a_minute_at_most),
        cmocka_unit_test(no_minute_has_more),
        cmocka_unit_test(session_that_lived_long_is_restarted_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
