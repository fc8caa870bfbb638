/*
 * Quiet hours in local time, also on the days when that is changed. The zone is
 * Central Europe's: 2026 summer time began on 29 March at 01:00 UTC (02:00 is
 * 03:00 then) and ended on 25 October at 01:00 UTC (03:00 was 02:00 again).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/quiet.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void spans_good_and_bad(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"22:00-07:00", true},
        {"00:00-23:59", true},
        {"23:59-00:00", true},
        {"12:00-12:00", false},
        {"24:00-07:00", false},
        {"22:00-24:00", false},
        {"22:60-07:00", false},
        {"9:00-17:00", false},
        {"09:00 17:00", false},
        {"09:00-17:00 ", false},
        {"09:00-", false},
        {"-07:00", false},
        {"", false},
        {"22:00", false},
        {"22:00-07:00x", false},
        {"2\xc3\xa4:0-07:00", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (quiet_is_span(cases[i].text) != cases[i].good)
            fail_msg("\"%s\"", cases[i].text);
    }
}

/* Seconds since 1970 of a UTC time. */
static int64_t utc(int month, int day, int hour, int minute)
{
    struct tm calendar = {.tm_year = 126,
                          .tm_mon = month - 1,
                          .tm_mday = day,
                          .tm_hour = hour,
                          .tm_min = minute};

    return timegm(&calendar);
}

static const char *const night[] = {"22:00-07:00"};
static const char *const gap[] = {"01:00-02:30"};
static const char *const early[] = {"01:00-02:15"};
static const char *const two[] = {"12:00-14:00", "13:30-15:00"};
static const char *const always[] = {"00:00-12:00", "12:00-00:00"};

static const struct {
    const char *what;
    const char *const *spans;
    size_t count;
    int now[4], until[4]; /* month, day, hour, minute in UTC */
} cases[] = {
    {"before", night, 1, {11, 25, 20, 59}, {11, 25, 20, 59}},
    {"its first minute", night, 1, {11, 25, 21, 0}, {11, 26, 6, 0}},
    {"past midnight", night, 1, {11, 26, 3, 30}, {11, 26, 6, 0}},
    {"its last minute", night, 1, {11, 26, 5, 59}, {11, 26, 6, 0}},
    {"after", night, 1, {11, 26, 6, 0}, {11, 26, 6, 0}},
    {"in summer", night, 1, {7, 1, 20, 0}, {7, 2, 5, 0}},
    {"the night that lacks an hour", night, 1, {3, 28, 22, 0}, {3, 29, 5, 0}},
    {"the night with one more", night, 1, {10, 24, 21, 0}, {10, 25, 6, 0}},
    /* 02:30 does not exist: what would be 02:30 is 03:30 summer time, or as
     * good, 01:30 UTC */
    {"its end falls into the gap", gap, 1, {3, 29, 0, 30}, {3, 29, 1, 30}},
    /* 02:30 is there twice: quiet for both */
    {"its end comes twice, before", gap, 1, {10, 24, 23, 30}, {10, 25, 1, 30}},
    {"between", gap, 1, {10, 25, 1, 10}, {10, 25, 1, 30}},
    {"after both", gap, 1, {10, 25, 1, 30}, {10, 25, 1, 30}},
    {"two that overlap, in the first",
     two,
     2,
     {11, 25, 11, 30},
     {11, 25, 13, 0}},
    {"two that overlap, in both", two, 2, {11, 25, 12, 45}, {11, 25, 14, 0}},
    {"none", NULL, 0, {11, 25, 22, 0}, {11, 25, 22, 0}},
};

static void quiet_until_then(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const int *now = cases[i].now, *until = cases[i].until;
        int64_t got = quiet_until(cases[i].spans, cases[i].count,
                                  utc(now[0], now[1], now[2], now[3]));
        int64_t wanted = utc(until[0], until[1], until[2], until[3]);

        if (got != wanted)
            fail_msg("%s: %lld s from what it should be", cases[i].what,
                     (long long)(got - wanted));
    }
}

static void spans_that_leave_no_time(void **state)
{
    static const char *const nearly[] = {"00:00-12:00", "12:01-00:00"};

    (void)state;
    assert_true(quiet_is_always(always, 2));
    assert_false(quiet_is_always(always, 1));
    assert_false(quiet_is_always(nearly, 2));
    assert_false(quiet_is_always(NULL, 0));
}

/* Seconds do not count: who is asked at 06:59:59 says 07:00:00. */
static void last_second(void **state)
{
    (void)state;
    assert_int_equal(quiet_until(night, 1, utc(11, 26, 6, 0) - 1),
                     utc(11, 26, 6, 0));
}

/* On whatever moment it is asked, it never says one that has passed, and at
 * what it says it is not quiet, or it is to be asked again later. */
static void never_back(void **state)
{
    static const struct {
        const char *const *spans;
        size_t count;
    } sets[] = {{night, 1}, {gap, 1}, {early, 1}, {two, 2}};

    (void)state;
    for (size_t i = 0; i < COUNT(sets); i++) {
        for (int64_t now_s = utc(3, 28, 0, 0); now_s < utc(10, 27, 0, 0);
             now_s += 1733) {
            int64_t at_s = now_s, next_s;
            int steps = 0;

            while ((next_s = quiet_until(sets[i].spans, sets[i].count, at_s)) !=
                       at_s &&
                   ++steps < 5) {
                assert_true(next_s > at_s);
                at_s = next_s;
            }
            assert_true(at_s - now_s < 86400);
            assert_true(steps < 5);
        }
    }
}

static int set_zone(void **state)
{
    (void)state;
    return setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_good_and_bad),
        cmocka_unit_test(quiet_until_then),
        cmocka_unit_test(spans_that_leave_no_time),
        cmocka_unit_test(last_second),
        cmocka_unit_test(never_back),
    };

    return cmocka_run_group_tests(tests, set_zone, NULL);
}
