/*
 * Pushes that may come later: at most one in an interval, for each rule and
 * endpoint, and none lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "core/later.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const only_phone[] = {"phone"};
static const struct rule rules[] = {
    {.id = "never", .push = RULE_NEVER},
    {.id = "hourly", .push = RULE_LATER, .interval_s = 3600},
    {.id = "minutely", .push = RULE_LATER, .interval_s = 60},
    {.id = "now",
     .push = RULE_NOW,
     .endpoints = only_phone,
     .endpoint_count = 1},
};
static const struct account account = {
    .name = "home", .rules = rules, .rule_count = COUNT(rules)};

enum { NEVER = 1 << 0, HOURLY = 1 << 1, MINUTELY = 1 << 2, NOW_PHONE = 1 << 3 };
#define NO_RULE (INT64_C(1) << RULE_NONE)

static const struct endpoint endpoints[] = {{.name = "phone", .id = "1"},
                                            {.name = "desk", .id = "2"}};
static const struct recipient phone = {.endpoint = &endpoints[0], .id = "1"},
                              desk = {.endpoint = &endpoints[1], .id = "2"};
static const struct config config = {.accounts = &account,
                                     .account_count = 1,
                                     .endpoints = endpoints,
                                     .endpoint_count = COUNT(endpoints)};

static struct later later;
static struct later_clock now;

/* Both clocks go on. */
static void pass(int seconds)
{
    now.calendar_us += seconds * INT64_C(1000000);
    now.boottime_ms += seconds * INT64_C(1000);
}

static int begin(void **state)
{
    (void)state;
    now = (struct later_clock){.calendar_us = INT64_C(1800000000000000),
                               .boottime_ms = 5000};
    return 0;
}

static int end(void **state)
{
    (void)state;
    later_finish(&later);
    return 0;
}

static enum later_telling mail(int64_t fell_under,
                               const struct recipient *recipient)
{
    const struct report report = {
        .type = REPORT_NEWS, .rules = fell_under, .mailbox = "Lists"};
    enum later_telling telling =
        later_tell(&later, &now, &account, &report, recipient);

    if (telling == LATER_NOW) /* as the outbox does */
        later_pay(&later, recipient->id);
    return telling;
}

/* What the outbox does when it is due. */
static bool is_due(const struct recipient *recipient)
{
    const struct interval *due = later_due(&later, &now);

    if (!due)
        return false;
    assert_string_equal(due->row.endpoint, recipient->id);
    assert_string_equal(due->row.account, "home");
    assert_string_equal(due->row.mailbox, "Lists");
    later_pay(&later, recipient->id);
    return true;
}

static void assert_waits(int seconds)
{
    int64_t next_ms = later_next(&later, &now);

    assert_int_equal(next_ms - now.boottime_ms, seconds * 1000);
}

static void every_set_of_rules(void **state)
{
    static const struct {
        int64_t fell_under;
        enum later_telling phone, desk;
    } cases[] = {
        {NO_RULE, LATER_NOW, LATER_NOW},
        {NEVER, LATER_NOT, LATER_NOT},
        {HOURLY, LATER_NOW, LATER_NOW}, /* the first */
        {NOW_PHONE, LATER_NOW, LATER_NOT},
        {NEVER | NOW_PHONE, LATER_NOW, LATER_NOT},
        {HOURLY | NOW_PHONE, LATER_NOW, LATER_NOW},
        {HOURLY | MINUTELY | NEVER | NO_RULE, LATER_NOW, LATER_NOW},
        {0, LATER_NOT, LATER_NOT},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (mail(cases[i].fell_under, &phone) != cases[i].phone ||
            mail(cases[i].fell_under, &desk) != cases[i].desk)
            fail_msg("case %zu", i);
        end(state);
    }
}

static void one_in_an_interval(void **state)
{
    (void)state;
    assert_int_equal(mail(HOURLY, &phone), LATER_NOW);
    assert_true(later_next(&later, &now) == CLOCK_NEVER);
    pass(1);
    assert_int_equal(mail(HOURLY, &phone), LATER_HELD);
    pass(600);
    assert_int_equal(mail(HOURLY, &phone), LATER_HELD);
    assert_waits(2999);
    assert_false(is_due(&phone));
    pass(2999);
    assert_true(is_due(&phone)); /* one for both */
    assert_false(is_due(&phone));
    pass(60); /* the next hour has begun */
    assert_int_equal(mail(HOURLY, &phone), LATER_HELD);
    assert_waits(3540);
}

static void quiet_interval_is_over(void **state)
{
    (void)state;
    assert_int_equal(mail(HOURLY, &phone), LATER_NOW);
    pass(3600);
    assert_int_equal(mail(HOURLY, &phone), LATER_NOW);
    pass(3599);
    assert_int_equal(mail(HOURLY, &phone), LATER_HELD);
    pass(1);
    assert_true(is_due(&phone));
    pass(3600);
    assert_false(is_due(&phone));
    assert_int_equal(later.count, 0); /* nothing is kept for ever */
    assert_int_equal(mail(HOURLY, &phone), LATER_NOW);
}

/* One rule's interval is nothing to another's, nor one endpoint's. */
static void intervals_of_their_own(void **state)
{
    (void)state;
    assert_int_equal(mail(HOURLY, &phone), LATER_NOW);
    assert_int_equal(mail(MINUTELY, &phone), LATER_NOW);
    assert_int_equal(mail(HOURLY, &desk), LATER_NOW);
    assert_int_equal(mail(HOURLY, &phone), LATER_HELD);
    assert_int_equal(mail(MINUTELY, &desk), LATER_NOW);
    pass(60);
    assert_int_equal(mail(MINUTELY, &desk), LATER_NOW);
    assert_waits(3540);
}

static void other_push_pays_for_what_is_held(void **state)
{
    (void)state;
    mail(HOURLY, &phone);
    mail(HOURLY, &desk);
    pass(60);
    assert_int_equal(mail(HOURLY, &phone), LATER_HELD);
    assert_int_equal(mail(HOURLY, &desk), LATER_HELD);
    assert_int_equal(mail(NO_RULE, &phone), LATER_NOW);
    pass(3540);
    assert_true(is_due(&desk)); /* whom nobody has told */
    assert_false(is_due(&phone));
    /* and the interval is still that of the push that began it */
    mail(HOURLY, &phone);
    pass(1);
    assert_int_equal(mail(HOURLY, &phone), LATER_HELD);
    assert_int_equal(mail(MINUTELY, &phone), LATER_NOW);
    assert_true(later_next(&later, &now) == CLOCK_NEVER);
}

static void held_by_two_rules_is_told_once(void **state)
{
    (void)state;
    mail(HOURLY | MINUTELY, &phone);
    pass(1);
    assert_int_equal(mail(HOURLY | MINUTELY, &phone), LATER_HELD);
    assert_waits(59);
    pass(59);
    assert_true(is_due(&phone));
    assert_true(later_next(&later, &now) == CLOCK_NEVER);
}

static void calendar_is_set(void **state)
{
    (void)state;
    mail(HOURLY, &phone);
    mail(HOURLY, &phone);
    now.calendar_us -= INT64_C(86400000000) * 365;
    assert_waits(3600); /* not for a year */
    now.calendar_us += INT64_C(86400000000) * 365;
    now.calendar_us += 3599 * INT64_C(1000000);
    assert_waits(1); /* perhaps it was wrong before */
    now.calendar_us += 86400 * INT64_C(1000000);
    assert_true(is_due(&phone));
    now.calendar_us -= 86400 * INT64_C(1000000);
    assert_int_equal(mail(HOURLY, &phone), LATER_HELD);
    assert_waits(3600);
}

/* ---- another configuration ---- */

/* What the ledger said of an interval, read by a new process. */
static void know(const char *rule, const char *endpoint, int64_t left_us,
                 bool holds)
{
    struct interval interval = {.row = {.over_us = now.calendar_us + left_us,
                                        .holds = holds,
                                        .account = "home",
                                        .mailbox = "Lists"}};

    strcpy(interval.row.rule, rule);
    strcpy(interval.row.endpoint, endpoint);
    later.intervals =
        realloc(later.intervals, (later.count + 1) * sizeof *later.intervals);
    assert_non_null(later.intervals);
    later.intervals[later.count++] = interval;
}

static bool nobody(const void *context, const char *id)
{
    (void)context;
    (void)id;
    return false;
}

static void found_in_the_ledger(void **state)
{
    (void)state;
    know("hourly", "1", 1000 * INT64_C(1000000), true);
    know("hourly", "2", INT64_C(86400000000) * 365, true); /* set back since */
    know("minutely", "2", -5000000, true);
    assert_null(later_orphan(&later, &now, &config, nobody, NULL));
    assert_true(is_due(&desk)); /* the one of a minute, and so the other */
    assert_waits(1000);
    mail(HOURLY, &desk);
    pass(1000);
    assert_true(is_due(&phone));
    assert_waits(2600);
    /* a reload changes nothing */
    assert_null(later_orphan(&later, &now, &config, nobody, NULL));
    assert_waits(2600);
}

static void rule_or_endpoint_is_gone(void **state)
{
    const struct ledger_interval *orphan;

    (void)state;
    know("hourly", "1", 1000000, true);
    know("gone", "1", 1000000, true);
    know("gone", "2", 1000000, false);
    know("now", "2", 1000000, true); /* it says something else today */
    know("hourly", "3", 1000000, true);
    orphan = later_orphan(&later, &now, &config, nobody, NULL);
    assert_non_null(orphan);
    assert_string_equal(orphan->rule, "now");
    assert_string_equal(orphan->endpoint, "2");
    assert_string_equal(orphan->mailbox, "Lists");
    orphan = later_orphan(&later, &now, &config, nobody, NULL);
    assert_non_null(orphan);
    assert_string_equal(orphan->rule, "gone");
    assert_string_equal(orphan->endpoint, "1");
    assert_null(later_orphan(&later, &now, &config, nobody, NULL));
    assert_int_equal(later.count, 1);
    assert_string_equal(later.intervals[0].row.rule, "hourly");
    assert_true(later.intervals[0].row.holds && later.dirty);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(every_set_of_rules),
        FRESH(one_in_an_interval),
        FRESH(quiet_interval_is_over),
        FRESH(intervals_of_their_own),
        FRESH(other_push_pays_for_what_is_held),
        FRESH(held_by_two_rules_is_told_once),
        FRESH(calendar_is_set),
        FRESH(found_in_the_ledger),
        FRESH(rule_or_endpoint_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
