/*
 * Timers are absolute, fire once, and miss nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/backoff.h"
#include "base/clock.h"

static bool fires_within(int timer, int ms)
{
    struct pollfd wait = {.fd = timer, .events = POLLIN};

    return poll(&wait, 1, ms) == 1;
}

static int64_t armed_ms(int timer)
{
    struct itimerspec left;

    assert_int_equal(timerfd_gettime(timer, &left), 0);
    return (int64_t)left.it_value.tv_sec * 1000 +
           left.it_value.tv_nsec / 1000000;
}

static void moments_that_have_passed_fire_at_once(void **state)
{
    const int64_t moments[] = {
        INT64_MIN,          -1, 0, 1, 999, 1000, clock_boottime_ms() - 1,
        clock_boottime_ms()};
    int timer = clock_timer();

    (void)state;
    assert_true(timer >= 0);
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        clock_timer_set(timer, CLOCK_NEVER);
        assert_false(fires_within(timer, 0));
        clock_timer_set(timer, moments[i]);
        if (!fires_within(timer, 1000))
            fail_msg("case %zu", i);
    }
    close(timer);
}

static void never_disarms(void **state)
{
    int timer = clock_timer();

    (void)state;
    assert_int_equal(armed_ms(timer), 0);
    clock_timer_set(timer, clock_boottime_ms() + 60000);
    assert_in_range(armed_ms(timer), 1, 60000);
    clock_timer_set(timer, CLOCK_NEVER);
    assert_int_equal(armed_ms(timer), 0);
    clock_timer_set(timer, 1); /* it has fired ... */
    assert_true(fires_within(timer, 1000));
    clock_timer_set(timer, CLOCK_NEVER); /* ... and is forgotten */
    assert_false(fires_within(timer, 20));
    close(timer);
}

static void fires_at_its_moment_and_not_before(void **state)
{
    int64_t at_ms = clock_boottime_ms() + 80;
    int timer = clock_timer();

    (void)state;
    clock_timer_set(timer, at_ms);
    assert_true(fires_within(timer, 5000));
    assert_true(clock_boottime_ms() >= at_ms);
    uint64_t times;

    assert_int_equal(read(timer, &times, sizeof times), sizeof times);
    assert_int_equal(times, 1);
    assert_false(fires_within(timer, 20)); /* once */
    assert_int_equal(read(timer, &times, sizeof times), -1);
    assert_int_equal(errno, EAGAIN);
    close(timer);
}

static void later_moment_replaces_the_earlier_one(void **state)
{
    int timer = clock_timer();

    (void)state;
    clock_timer_set(timer, clock_boottime_ms() + 20);
    clock_timer_set(timer, clock_boottime_ms() + 60000);
    assert_false(fires_within(timer, 60));
    clock_timer_set(timer, clock_boottime_ms() + 20);
    assert_true(fires_within(timer, 1000));
    close(timer);
}

/* The largest that is not CLOCK_NEVER is far away, but does not wrap. */
static void moment_at_the_end_of_time(void **state)
{
    int timer = clock_timer();

    (void)state;
    clock_timer_set(timer, CLOCK_NEVER - 1);
    assert_false(fires_within(timer, 20));
    close(timer);
}

static void timers_are_not_inherited(void **state)
{
    int timers[] = {clock_timer(), clock_step_timer()};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_true(timers[i] >= 0);
        assert_true(fcntl(timers[i], F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(timers[i], F_GETFL) & O_NONBLOCK);
        close(timers[i]);
    }
}

/* A step of the calendar cannot be made here; without one it stays quiet, and
 * arming it again does no harm. */
static void step_timer_is_quiet_without_a_step(void **state)
{
    int timer = clock_step_timer();

    (void)state;
    assert_false(fires_within(timer, 20));
    clock_step_arm(timer);
    assert_false(fires_within(timer, 20));
    assert_true(armed_ms(timer) > 0);
    close(timer);
}

static void clocks_agree_with_the_kernel(void **state)
{
    struct timespec boot, calendar;
    int64_t boottime_ms = clock_boottime_ms();
    int64_t realtime_us = clock_realtime_us();

    (void)state;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    clock_gettime(CLOCK_REALTIME, &calendar);
    assert_in_range((int64_t)boot.tv_sec * 1000 + boot.tv_nsec / 1000000 -
                        boottime_ms,
                    0, 5000);
    assert_in_range((int64_t)calendar.tv_sec * 1000000 +
                        calendar.tv_nsec / 1000 - realtime_us,
                    0, 5000000);
}

/* Only a test's build of the daemon heeds its environment. */
static void patience_cannot_be_shortened_from_outside(void **state)
{
    (void)state;
    setenv("IMAPPUSHD_TEST_COMMAND_SECONDS", "1", 1);
    setenv("IMAPPUSHD_TEST_CLOCK", "/dev/null", 1);
    assert_int_equal(clock_patience_ms("COMMAND", 30000), 30000);
    unsetenv("IMAPPUSHD_TEST_COMMAND_SECONDS");
    unsetenv("IMAPPUSHD_TEST_CLOCK");
}

/* ---- waits ---- */

static void backoff_doubles_up_to_its_cap(void **state)
{
    int64_t most[8] = {0};

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct backoff backoff = {.base_ms = 1000, .cap_ms = 20000};
        int64_t limit_ms = 1000;

        for (size_t i = 0; i < 8; i++) {
            int64_t wait_ms = backoff_next_ms(&backoff);

            assert_in_range(wait_ms, 0, limit_ms);
            if (wait_ms > most[i])
                most[i] = wait_ms;
            limit_ms = limit_ms < 10000 ? limit_ms * 2 : 20000;
        }
    }
    /* that 2000 random waits all stay in the lower nine tenths: no */
    for (size_t i = 0; i < 8; i++)
        assert_true(most[i] > (i < 5 ? 900LL << i : 18000));
}

static void backoff_of_years(void **state)
{
    struct backoff backoff = {
        .base_ms = 1, .cap_ms = INT64_MAX / 4, .tries = UINT32_MAX};

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_in_range(backoff_next_ms(&backoff), 0, INT64_MAX / 4);
    for (int i = 0; i < 100; i++)
        assert_int_equal(backoff_random(1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_that_have_passed_fire_at_once),
        cmocka_unit_test(never_disarms),
        cmocka_unit_test(fires_at_its_moment_and_not_before),
        cmocka_unit_test(later_moment_replaces_the_earlier_one),
        cmocka_unit_test(moment_at_the_end_of_time),
        cmocka_unit_test(timers_are_not_inherited),
        cmocka_unit_test(step_timer_is_quiet_without_a_step),
        cmocka_unit_test(clocks_agree_with_the_kernel),
        cmocka_unit_test(patience_cannot_be_shortened_from_outside),
        cmocka_unit_test(backoff_doubles_up_to_its_cap),
        cmocka_unit_test(backoff_of_years),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
