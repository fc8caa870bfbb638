/*
 * An account's sessions: how long it waits before it tries again, after refused
 * logins and after connections that lived long or not; and one that misbehaves.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/member.h"

static const struct account account = {
    .name = "work", .max_connections = 3, .refresh_interval_s = 540};

/* At most three tries in five minutes, then one every half hour, whichever of
 * the account's sessions it was. */
static void refused_logins_become_rare(void **state)
{
    static const int64_t waits_ms[] = {30000, 180000, 1800000, 1800000};
    struct member *member = member_create(&account);

    (void)state;
    for (size_t i = 0; i < sizeof waits_ms / sizeof *waits_ms; i++)
        assert_int_equal(member_refused(member), waits_ms[i]);
    member_hurry(member); /* a reload: the password may be another */
    assert_int_equal(member_refused(member), waits_ms[0]);
    member_destroy(&member);
}

/* Ends a session that had been watching for so long, with a BYE. */
static unsigned tries_after(struct member *member, int64_t lived_ms)
{
    struct seat *seat = &member->seats[0];
    const int64_t now_ms = 1000000000;

    seat->watching = true;
    seat->watching_ms = seat->heard_ms = now_ms - lived_ms;
    seat->explained = true;
    error_set(&seat->reason, ERROR_LATER, "bye", "the server said goodbye");
    seat_ended(seat, "", now_ms);
    return seat->later.tries;
}

/* The back-off grows with each connection that did not live for two minutes,
 * and begins anew after one that did. */
static void connections_that_live_briefly_become_rare(void **state)
{
    struct member *member = member_create(&account);

    (void)state;
    log_set_level(LOG_ERROR);
    assert_int_equal(tries_after(member, 1000), 1);
    assert_int_equal(tries_after(member, 119000), 2);
    assert_int_equal(tries_after(member, 0), 3);
    assert_int_equal(tries_after(member, 120000), 1);
    member_destroy(&member);
}

static void close_and_stay(const struct plan *plan, int link)
{
    (void)plan;
    close(link);
    for (;;)
        pause();
}

/* Its closed link would be readable for ever; nobody looks at it again, and it
 * is ended after a second. */
static void session_closes_its_link_and_stays(void **state)
{
    struct seat_tools tools = {.session = close_and_stay,
                               .scratch = record_create(false)};
    struct member *member = member_create(&account);
    struct seat *seat = &member->seats[0];
    int64_t now_ms = clock_boottime_ms();

    (void)state;
    member_run(member, &tools, now_ms);
    struct pollfd link = {.fd = seat->process.link, .events = POLLIN};

    assert_int_equal(poll(&link, 1, 10000), 1);
    now_ms = clock_boottime_ms();
    seat_read(seat, &tools, now_ms);
    assert_int_equal(seat->process.link, -1);
    pid_t pid = seat->process.pid;

    assert_in_range(member_next(member, now_ms), now_ms + 900, now_ms + 1100);
    member_run(member, &tools, now_ms + 500);
    assert_int_equal(seat->process.pid, pid);
    member_run(member, &tools, now_ms + 1100);
    assert_int_equal(kill(pid, 0), -1); /* another sits there now */
    assert_string_equal(seat->reason.code, "hung");
    record_destroy(&tools.scratch);
    member_destroy(&member);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_logins_become_rare),
        cmocka_unit_test(connections_that_live_briefly_become_rare),
        cmocka_unit_test(session_closes_its_link_and_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
