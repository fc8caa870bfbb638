/*
 * The three clocks, and the test of how far the calendar can be trusted.
 *
 * Deadlines count on CLOCK_BOOTTIME, which goes on in suspend and never steps;
 * versions and witnesses count on CLOCK_REALTIME. Nothing here ticks: timers
 * are absolute timerfds that fire once.
 */
#ifndef IMAPPUSHD_BASE_CLOCK_H
#define IMAPPUSHD_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_NEVER INT64_MAX

/* The end of the year 9999 in seconds since 1970: later is nonsense. */
#define CLOCK_END_S INT64_C(253402300799)

/* Milliseconds since boot, suspend included. */
int64_t clock_boottime_ms(void);

/* How long the machine has been asleep since boot, in milliseconds. */
int64_t clock_slept_ms(void);

/* Microseconds since 1970, as the box believes them to be. */
int64_t clock_realtime_us(void);

/* Does the kernel say that something (NTP, PTP) keeps the calendar right?
 * adjtimex(2) in states 0 to 4; TIME_ERROR, or an error of the call, is no. */
bool clock_is_synchronised(void);

/* How long to wait for what: usual_ms. A test build takes the seconds from the
 * environment, IMAPPUSHD_TEST_<what>_SECONDS, if it is there. */
int64_t clock_patience_ms(const char *what, int64_t usual_ms);

/* A timerfd on CLOCK_BOOTTIME: non-blocking, closed on exec; or -1. */
int clock_timer(void);

/* Arms such a timer for a moment of clock_boottime_ms(); a moment that has
 * passed fires at once, CLOCK_NEVER disarms. */
void clock_timer_set(int timer, int64_t at_ms);

/* A timerfd that becomes readable when the calendar is stepped, and when the
 * machine wakes up; reading it fails with ECANCELED then. Call clock_step_arm()
 * again after each. */
int clock_step_timer(void);
void clock_step_arm(int timer);

#endif
