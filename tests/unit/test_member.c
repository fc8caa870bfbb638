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

/* Ends a session with the words of a keyring, so long after its start; returns
 * how long the next one waits to be started. */
static int64_t wait_after_keyring(struct member *member, const char *code,
                                  int64_t lived_ms)
{
    struct seat *seat = &member->seats[0];
    const int64_t now_ms = 1000000000;

    seat->heard_ms = now_ms - lived_ms;
    seat->explained = true;
    error_set(&seat->reason, ERROR_LATER, code, "the keyring is not open");
    seat_ended(seat, "", now_ms);
    return seat->next_ms - now_ms;
}

/* The next session is started at once, because it is told of changes. If that
 * could not wait, there is no busy loop. */
static void keyring_is_awaited_by_the_next_session(void **state)
{
    struct member *member = member_create(&account);

    (void)state;
    log_set_level(LOG_ERROR);
    assert_int_equal(wait_after_keyring(member, "locked", 10), 0);
    member->seats[0].awaits_keyring = true;
    assert_int_equal(wait_after_keyring(member, "locked", 60000), 0);
    assert_int_equal(wait_after_keyring(member, "keyring", 10), 60000);
    assert_int_equal(member->refusals, 0);
    assert_int_equal(member->seats[0].later.tries, 0);
    member_destroy(&member);
}

/* It is what a person may have to mend until it was opened; then it is not,
 * whatever is wrong with the network. */
static void keyring_that_was_opened_is_no_trouble(void **state)
{
    struct member *member = member_create(&account);

    (void)state;
    log_set_level(LOG_ERROR);
    wait_after_keyring(member, "locked", 10);
    assert_string_equal(member->trouble, "locked");
    int64_t since_ms = member->trouble_ms;

    wait_after_keyring(member, "locked", 60000);
    assert_int_equal(member->trouble_ms, since_ms);
    wait_after_keyring(member, "dns", 10);
    assert_string_equal(member->trouble, "");
    member_destroy(&member);
}

/* Watched for so long, silent for so long, then cut; the interval of renewals
 * that is held to be right from then on. */
static int interval_after_cuts(const struct account *whose, int64_t lived_ms,
                               int64_t silent_ms)
{
    struct member *member = member_create(whose);
    struct seat *seat = &member->seats[0];
    const int64_t now_ms = 1000000000;

    for (int i = 0; i < 3; i++) {
        seat->watching = true;
        seat->watching_ms = now_ms - lived_ms;
        seat->heard_ms = now_ms - silent_ms;
        seat->explained = true;
        error_set(&seat->reason, ERROR_LATER, "closed", "cut");
        seat_ended(seat, "", now_ms);
    }
    int interval_s = member->refresh_interval_s;

    member_destroy(&member);
    return interval_s;
}

/* Gmail ends a connection with its token, after an hour: that is 360 s after
 * the last of the renewals every 540 s, each time. */
static void cut_at_the_end_of_the_token(void **state)
{
    struct account by_token = account;

    (void)state;
    by_token.auth = ACCOUNT_AUTH_OAUTH2;
    log_set_level(LOG_ERROR);
    assert_int_equal(interval_after_cuts(&by_token, 3600000, 360000), 540);
    assert_int_equal(interval_after_cuts(&by_token, 360000, 360000), 288);
    assert_int_equal(interval_after_cuts(&account, 3600000, 360000), 288);
}

/* The first token that is refused may be an old one; the second is not. */
static void token_is_refused(void **state)
{
    struct account by_token = account;

    (void)state;
    by_token.auth = ACCOUNT_AUTH_OAUTH2;
    log_set_level(LOG_ERROR);
    struct member *member = member_create(&by_token);
    struct seat *seat = &member->seats[0];

    for (int i = 0; i < 2; i++) {
        assert_string_equal(member->trouble, "");
        seat->explained = true;
        error_set(&seat->reason, ERROR_PERSON, "login", "refused");
        seat_ended(seat, "", 1000000000);
    }
    assert_string_equal(member->trouble, "login");
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

/* What its trouble makes of an account, until a session watches again. */
static void states_by_what_ended_the_session(void **state)
{
    static const struct {
        const char *code;
        enum member_state state;
    } known[] = {
        {"login", MEMBER_REFUSED},
        {"locked", MEMBER_LOCKED},
        {"login-needed", MEMBER_LOGIN_NEEDED},
        {"dns", MEMBER_OFFLINE},
        {"host-unknown", MEMBER_OFFLINE},
        {"unreachable", MEMBER_OFFLINE},
        {"connect", MEMBER_WAITING},
        {"certificate", MEMBER_WAITING},
    };
    struct member *member = member_create(&account);
    struct seat *seat = &member->seats[0];
    int64_t now_ms = 1000000;

    (void)state;
    log_set_level(LOG_ERROR - 1);
    assert_int_equal(member_note_state(member, now_ms), MEMBER_CONNECTING);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        now_ms += 1000;
        seat->explained = true;
        error_set(&seat->reason, ERROR_LATER, known[i].code, "trouble");
        seat_ended(seat, "", now_ms);
        assert_int_equal(member_note_state(member, now_ms), known[i].state);
        assert_ptr_equal(member_troubled(member), seat);
    }
    assert_int_equal(member->since_ms, now_ms - 1000); /* still waiting */
    assert_true(member_next_try(member) >= now_ms);
    member_hurry(member);
    assert_int_equal(member_note_state(member, now_ms), MEMBER_CONNECTING);
    assert_null(member_troubled(member));
    member_destroy(&member);
}

/* A session can vouch only for what it is ordered to watch; the lead for all.
 * What is missing was not looked at. */
static void proofs(void **state)
{
    struct member *member = member_create(&account);
    struct seat *lead = &member->seats[0], *other = &member->seats[1];
    struct report report = {.mailbox = "INBOX", .proof = PROOF_OWN};

    (void)state;
    assert_true(member_take_mailbox(lead, "INBOX"));
    assert_true(member_take_mailbox(lead, "A"));
    assert_true(member_take_mailbox(lead, "B"));
    assert_true(member_take_offer(lead, WATCH_POLL));
    struct post *posts = member->mailboxes.list;

    posts[1].polled = true;
    assert_true(member_take_proven(lead, &report, 10));
    assert_int_equal(posts[0].proven_ms, 10);
    assert_int_equal(posts[1].proven_ms, 0);
    report.proof = PROOF_POLLED;
    assert_true(member_take_proven(lead, &report, 20));
    assert_int_equal(posts[1].proven_ms, 20);
    assert_int_equal(posts[2].proven_ms, 0);
    report = (struct report){.mailbox = "B", .missing = true};
    assert_true(member_take_missing(lead, &report));
    report = (struct report){.mailbox = "INBOX", .proof = PROOF_ALL};
    assert_false(member_take_proven(other, &report, 30));
    assert_true(member_take_proven(lead, &report, 30));
    assert_int_equal(posts[1].proven_ms, 30);
    assert_int_equal(posts[2].proven_ms, 0);
    report.mailbox = "nobody's";
    assert_false(member_take_proven(lead, &report, 40));
    assert_false(member_take_missing(lead, &report));
    member_destroy(&member);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_logins_become_rare),
        cmocka_unit_test(connections_that_live_briefly_become_rare),
        cmocka_unit_test(keyring_is_awaited_by_the_next_session),
        cmocka_unit_test(keyring_that_was_opened_is_no_trouble),
        cmocka_unit_test(cut_at_the_end_of_the_token),
        cmocka_unit_test(token_is_refused),
        cmocka_unit_test(session_closes_its_link_and_stays),
        cmocka_unit_test(states_by_what_ended_the_session),
        cmocka_unit_test(proofs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
