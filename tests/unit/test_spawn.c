/*
 * Commands of the user's, whatever they do: what they print is had, and
 * nothing of them is left behind.
 *
 * The test is a subreaper: whoever loses its parent becomes its child, so that
 * "nothing is left" can be told from waitpid() alone.
 */
#include <errno.h>
#include <fcntl.h>
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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/spawn.h"

static struct buffer out, diagnostics;
static struct error err;

static int begin(void **state)
{
    (void)state;
    buffer_init(&out, 4096);
    buffer_init(&diagnostics, 4096);
    err = (struct error){0};
    return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int end(void **state)
{
    (void)state;
    buffer_finish(&out);
    buffer_finish(&diagnostics);
    return 0;
}

static int run_for(const char *script, int64_t patience_ms)
{
    const char *const argv[] = {"sh", "-c", script, NULL};

    return spawn_command(argv, patience_ms, &out, &diagnostics, &err);
}

static int run(const char *script)
{
    return run_for(script, 20000);
}

static const char *text_of(const struct buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

/* Every descendant ends within that time; waits for all of them. */
static void assert_nothing_is_left(int64_t patience_ms)
{
    int64_t late_ms = clock_boottime_ms() + patience_ms;
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
        if (clock_boottime_ms() > late_ms)
            fail_msg("processes are left");
        if (pid == 0)
            usleep(2000);
    }
    assert_int_equal(errno, ECHILD);
}

/* ---- what it prints, how it ends ---- */

static void exit_status_of_every_kind(void **state)
{
    static const struct {
        const char *script;
        int status;
    } cases[] = {
        {"true", 0},
        {"exit 1", 1},
        {"exit 255", 255},
        {"kill -KILL $$", 128 + SIGKILL},
        {"kill -TERM $$", 128 + SIGTERM},
        {"kill -PIPE $$", 128 + SIGPIPE}, /* not ignored, as we do */
        {"(exit 7) | true", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = run(cases[i].script);

        if (status != cases[i].status)
            fail_msg("%s: %d", cases[i].script, status);
    }
    assert_nothing_is_left(0);
}

static void command_that_does_not_exist(void **state)
{
    const char *const argv[] = {"/nowhere/imappushd-command", NULL};
    const char *const name[] = {"imappushd-no-such-command", NULL};
    const char *const data[] = {"/etc/passwd", NULL};

    (void)state;
    assert_int_equal(spawn_command(argv, 9999, &out, &diagnostics, &err), 127);
    assert_non_null(strstr(diagnostics.data, argv[0]));
    assert_non_null(strstr(diagnostics.data, strerror(ENOENT)));
    assert_int_equal(spawn_command(name, 9999, &out, &diagnostics, &err), 127);
    assert_int_equal(spawn_command(data, 9999, &out, &diagnostics, &err), 127);
    assert_non_null(strstr(diagnostics.data, strerror(EACCES)));
    assert_int_equal(out.length, 0);
}

static void output_and_diagnostics_are_kept_apart(void **state)
{
    (void)state;
    assert_int_equal(run("printf 'se\\000cret'; echo oops >&2; exit 3"), 3);
    assert_int_equal(out.length, 7);
    assert_memory_equal(out.data, "se\0cret", 7);
    assert_string_equal(diagnostics.data, "oops\n");
    assert_int_equal(run("echo more"), 0); /* is added */
    assert_memory_equal(out.data, "se\0cretmore\n", 12);
}

static void nothing_to_read_and_nothing_inherited(void **state)
{
    int open_fd = open("/dev/null", O_RDONLY); /* not closed on exec */

    (void)state;
    assert_in_range(open_fd, 3, 19);
    assert_int_equal(run("cat; for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 "
                         "16 17 18 19; do test -e /proc/$$/fd/$n && "
                         "printf %d, $n; done; true"),
                     0);
    assert_string_equal(out.data, "0,1,2,");
    close(open_fd);
}

/* More than a pipe holds (64 KiB), and some of it after the command's end. */
static void output_larger_than_a_pipe(void **state)
{
    (void)state;
    out.maximum = 1 << 20;
    assert_int_equal(run("head -c 1048576 /dev/zero"), 0);
    assert_int_equal(out.length, 1 << 20);
    buffer_finish(&out);
    assert_int_equal(run("head -c 60000 /dev/zero & wait; exit 4"), 4);
    assert_int_equal(out.length, 60000);
}

/* ---- too much ---- */

static void too_much_output(void **state)
{
    static const char *const scripts[] = {
        "yes", "head -c 1001 /dev/zero", "head -c 10000000 /dev/zero | cat",
        "printf %01001d 5", "head -c 5000 /dev/zero & wait; sleep 100"};

    (void)state;
    out.maximum = 1000;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        err = (struct error){0};
        assert_int_equal(run(scripts[i]), -1);
        assert_int_equal(err.class, ERROR_LATER);
        assert_non_null(strstr(err.text, "printed too much"));
        assert_true(out.length <= 1000);
        assert_nothing_is_left(2000);
        buffer_finish(&out);
    }
    assert_int_equal(run("head -c 1000 /dev/zero"), 0);
    assert_int_equal(out.length, 1000);
}

static void diagnostics_are_cut_at_their_maximum(void **state)
{
    (void)state;
    diagnostics.maximum = 10;
    assert_int_equal(run("echo 0123456789abcdef >&2; echo out; exit 2"), 2);
    assert_string_equal(text_of(&diagnostics), "0123456789");
    assert_string_equal(text_of(&out), "out\n");
}

static void flood_of_diagnostics_does_not_stretch_the_deadline(void **state)
{
    static const char *const scripts[] = {
        "yes >&2", "cat /dev/zero >&2",
        "cat /dev/zero >&2 & cat /dev/zero >&2 & yes >&2"};

    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        int64_t start_ms = clock_boottime_ms();

        assert_int_equal(run_for(scripts[i], 200), -1);
        assert_in_range(clock_boottime_ms() - start_ms, 200, 2000);
        assert_non_null(strstr(err.text, "did not end"));
        assert_int_equal(diagnostics.length, 4096);
        assert_nothing_is_left(2000);
    }
}

/* ---- too long ---- */

static void hanging_pipeline_is_killed_whole(void **state)
{
    static const char *const scripts[] = {
        "sleep 100 | cat",
        "sleep 100",
        "sleep 100 & sleep 100 & wait",
        "trap '' TERM HUP; sleep 100 | cat; sleep 100",
        "kill -STOP $$",
        "exec >&- 2>&-; sleep 100"};

    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        int64_t start_ms = clock_boottime_ms();

        assert_int_equal(run_for(scripts[i], 100), -1);
        assert_in_range(clock_boottime_ms() - start_ms, 100, 5000);
        assert_int_equal(err.class, ERROR_LATER);
        assert_string_equal(err.text, "did not end within 0 s and was stopped");
        assert_nothing_is_left(2000);
    }
}

/* The guard may not have its process group yet when it is to be killed. */
static void no_patience_at_all(void **state)
{
    int64_t start_ms = clock_boottime_ms();

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(run_for("sleep 1", 0), -1);
    assert_true(clock_boottime_ms() - start_ms < 900);
    assert_nothing_is_left(2000);
}

static void output_of_a_hanging_command_is_there(void **state)
{
    (void)state;
    assert_int_equal(run_for("echo half; echo why >&2; sleep 100", 300), -1);
    assert_string_equal(text_of(&out), "half\n");
    assert_string_equal(text_of(&diagnostics), "why\n");
    assert_nothing_is_left(2000);
}

/* ---- what it leaves in the background ---- */

static void trailing_background_process_is_not_waited_for(void **state)
{
    int64_t start_ms = clock_boottime_ms();

    (void)state;
    assert_int_equal(run("sleep 100 & echo $!; exit 5"), 5);
    assert_true(clock_boottime_ms() - start_ms < 5000);
    pid_t left = (pid_t)atoi(text_of(&out));

    assert_true(left > 1);
    kill(left, SIGKILL); /* in case that it lives */
    assert_nothing_is_left(2000);
}

static void command_that_kills_its_own_group(void **state)
{
    (void)state;
    assert_in_range(run("echo a; kill -TERM 0; sleep 100"), 128, 255);
    assert_in_range(run("kill -KILL 0; sleep 100"), 128, 255);
    assert_nothing_is_left(2000);
}

/* ---- what happens to the caller ---- */

static void caller_dies_and_takes_the_group_along(void **state)
{
    int ready[2];
    char byte;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    pid_t caller = fork();

    if (caller == 0) {
        char script[64];

        /* the commands close what they inherit, so they open it anew */
        snprintf(script, sizeof script,
                 "echo >/proc/%ld/fd/%d; sleep 100 | cat", (long)getpid(),
                 ready[1]);
        run(script);
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(caller, SIGKILL);
    assert_nothing_is_left(3000);
    close(ready[0]);
}

static void caller_has_no_descriptors_left_over(void **state)
{
    int before = dup(0), after;

    (void)state;
    close(before);
    for (int i = 0; i < 50; i++) {
        run("echo x");
        run_for("sleep 5", 20);
    }
    after = dup(0);
    close(after);
    assert_int_equal(before, after);
    assert_nothing_is_left(2000);
}

static int feed(const char *script, size_t length)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct buffer input;

    buffer_init(&input, length);
    memset(buffer_room(&input, length), 'x', length);
    input.length = length;
    int status =
        spawn_with_input(argv, &input, 20000, &out, &diagnostics, &err);

    buffer_finish(&input);
    return status;
}

/* More than a pipe holds, and the end of it. */
static void input_larger_than_a_pipe(void **state)
{
    (void)state;
    assert_int_equal(feed("wc -c", 300000), 0);
    assert_int_equal(atoi(text_of(&out)), 300000);
    assert_int_equal(feed("wc -c", 0), 0);
    assert_nothing_is_left(0);
}

/* Who does not read it, or ends before all of it is there, did nothing wrong;
 * who never reads it is stopped in time. */
static void input_that_nobody_reads(void **state)
{
    const char *const argv[] = {"sleep", "1000", NULL};
    struct buffer input;

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(feed("head -c 10", 300000), 0);
    assert_string_equal(text_of(&out), "xxxxxxxxxx");
    assert_int_equal(feed("exec <&-; sleep 0.1; exit 3", 300000), 3);
    buffer_init(&input, 300000);
    memset(buffer_room(&input, 300000), 'x', 300000);
    input.length = 300000;
    assert_int_equal(
        spawn_with_input(argv, &input, 200, &out, &diagnostics, &err), -1);
    buffer_finish(&input);
    assert_nothing_is_left(2000);
}

#define WITH_BUFFERS(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BUFFERS(exit_status_of_every_kind),
        WITH_BUFFERS(command_that_does_not_exist),
        WITH_BUFFERS(output_and_diagnostics_are_kept_apart),
        WITH_BUFFERS(nothing_to_read_and_nothing_inherited),
        WITH_BUFFERS(output_larger_than_a_pipe),
        WITH_BUFFERS(too_much_output),
        WITH_BUFFERS(diagnostics_are_cut_at_their_maximum),
        WITH_BUFFERS(flood_of_diagnostics_does_not_stretch_the_deadline),
        WITH_BUFFERS(hanging_pipeline_is_killed_whole),
        WITH_BUFFERS(no_patience_at_all),
        WITH_BUFFERS(output_of_a_hanging_command_is_there),
        WITH_BUFFERS(trailing_background_process_is_not_waited_for),
        WITH_BUFFERS(command_that_kills_its_own_group),
        WITH_BUFFERS(caller_dies_and_takes_the_group_along),
        WITH_BUFFERS(caller_has_no_descriptors_left_over),
        WITH_BUFFERS(input_larger_than_a_pipe),
        WITH_BUFFERS(input_that_nobody_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
