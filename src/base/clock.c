/*
 * A build with CLOCK_TEST takes an offset in seconds and the trust (0 or 1)
 * from the file that IMAPPUSHD_TEST_CLOCK names, read anew at each call:
 * tests turn the calendar of a running daemon that way, which no preloaded
 * library can do for adjtimex(2) or for a sanitizer's build.
 */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>

#ifdef CLOCK_TEST
static bool test_clock(long *offset_s, int *trust)
{
    const char *path = getenv("IMAPPUSHD_TEST_CLOCK");
    FILE *file = path ? fopen(path, "re") : NULL;

    if (!file)
        return false;
    int found = fscanf(file, "%ld %d", offset_s, trust);

    fclose(file);
    return found == 2;
}
#endif

int64_t clock_boottime_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_slept_ms(void)
{
    struct timespec awake;

    clock_gettime(CLOCK_MONOTONIC, &awake);
    return clock_boottime_ms() -
           ((int64_t)awake.tv_sec * 1000 + awake.tv_nsec / 1000000);
}

int64_t clock_realtime_us(void)
{
    struct timespec now;
    int64_t offset_us = 0;

    clock_gettime(CLOCK_REALTIME, &now);
#ifdef CLOCK_TEST
    long offset_s;
    int trust;

    if (test_clock(&offset_s, &trust))
        offset_us = (int64_t)offset_s * 1000000;
#endif
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + offset_us;
}

bool clock_is_synchronised(void)
{
    struct timex state = {.modes = 0};
#ifdef CLOCK_TEST
    long offset_s;
    int trust;

    if (test_clock(&offset_s, &trust))
        return trust != 0;
#endif
    int answer = adjtimex(&state);

    return answer >= 0 && answer != TIME_ERROR;
}

int64_t clock_patience_ms(const char *what, int64_t usual_ms)
{
#ifdef CLOCK_TEST
    char name[64];

    snprintf(name, sizeof name, "IMAPPUSHD_TEST_%s_SECONDS", what);
    const char *seconds = getenv(name);

    if (seconds)
        return (int64_t)(strtod(seconds, NULL) * 1000);
#else
    (void)what;
#endif
    return usual_ms;
}

int clock_timer(void)
{
    return timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
}

void clock_timer_set(int timer, int64_t at_ms)
{
    struct itimerspec when = {0};

    if (at_ms != CLOCK_NEVER) {
        if (at_ms < 1) /* zero would disarm */
            at_ms = 1;
        when.it_value.tv_sec = (time_t)(at_ms / 1000);
        when.it_value.tv_nsec = (long)(at_ms % 1000) * 1000000;
    }
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

int clock_step_timer(void)
{
    int timer = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);

    if (timer >= 0)
        clock_step_arm(timer);
    return timer;
}

void clock_step_arm(int timer)
{
    /* far enough never to fire, near enough for a 32-bit time_t */
    struct itimerspec when = {.it_value.tv_sec = INT32_MAX};

    timerfd_settime(timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when,
                    NULL);
}
