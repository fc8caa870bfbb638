/*
 * Pushes that may come later: at most one in an interval, and none lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/later.h"

static const char *const phone[] = {"phone"};
static const struct rule rules[] = {
    {.push = RULE_NEVER},
    {.push = RULE_LATER, .interval_s = 3600},
    {.push = RULE_LATER, .interval_s = 60},
    {.push = RULE_NOW, .endpoints = phone, .endpoint_count = 1},
};
static const struct account account = {.rules = rules, .rule_count = 4};

static void rules_together(void **state)
{
    const int64_t none = INT64_C(1) << RULE_NONE;
    const struct {
        int64_t rules;
        const char *endpoint;
        int interval_s;
    } cases[] = {
        {none, "phone", 0},
        {1, "phone", -1},
        {2, "phone", 3600},
        {2 | 4, "phone", 60},
        {8, "phone", 0},
        {8, "desk", -1},
        {2 | 8, "phone", 0},
        {2 | 8, "desk", 3600},
        {2 | 4 | 8 | none, "desk", 0},
        {0, "phone", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (later_interval(&account, cases[i].rules, cases[i].endpoint) !=
            cases[i].interval_s)
            fail_msg("case %zu", i);
    }
}

#define NOON INT64_C(1800000000)

static struct recipient recipient;

/* Mail comes under a rule of that interval; how long it has to wait. */
static int64_t mail(int interval_s, int64_t now_s)
{
    later_note(&recipient, interval_s, now_s);
    recipient.row.assigned = now_s;
    return later_wait_s(&recipient, now_s);
}

static void paid(int64_t now_s)
{
    recipient.row.delivered = recipient.row.assigned;
    later_paid(&recipient, now_s);
}

static int begin(void **state)
{
    (void)state;
    recipient = (struct recipient){0};
    return 0;
}

static void one_in_an_interval(void **state)
{
    (void)state;
    assert_int_equal(mail(3600, NOON), 0); /* the first, at once */
    paid(NOON + 1);
    assert_int_equal(mail(3600, NOON + 600), 3000);
    assert_int_equal(mail(3600, NOON + 1200), 2400); /* with it */
    assert_int_equal(later_wait_s(&recipient, NOON + 3600), 0);
    paid(NOON + 3601);
    assert_int_equal(mail(3600, NOON + 3700), 3501); /* from the second on */
}

static void what_must_not_wait_pays_for_what_may(void **state)
{
    (void)state;
    mail(3600, NOON);
    paid(NOON);
    assert_int_equal(mail(3600, NOON + 60), 3540);
    assert_int_equal(mail(0, NOON + 120), 0);
    assert_int_equal(mail(3600, NOON + 121), 0); /* it is still on its way */
    paid(NOON + 130);
    assert_int_equal(mail(3600, NOON + 140), 3460);
}

static void shorter_interval_counts(void **state)
{
    (void)state;
    mail(3600, NOON);
    paid(NOON);
    assert_int_equal(mail(3600, NOON + 10), 3590);
    assert_int_equal(mail(60, NOON + 20), 40);
    assert_int_equal(mail(3600, NOON + 30), 30);
}

/* The calendar is set: nothing waits for longer than the longest interval. */
static void calendar_is_set(void **state)
{
    (void)state;
    mail(604800, NOON);
    paid(NOON);
    assert_int_equal(mail(604800, NOON + 1), 604799);
    assert_int_equal(later_wait_s(&recipient, NOON - 86400 * 365), 0);
    assert_int_equal(later_wait_s(&recipient, NOON + 86400 * 365), 0);
    paid(NOON + 5);
    assert_int_equal(mail(3600, NOON - 86400), 0); /* told in the future? */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_together),
        cmocka_unit_test_setup(one_in_an_interval, begin),
        cmocka_unit_test_setup(what_must_not_wait_pays_for_what_may, begin),
        cmocka_unit_test_setup(shorter_interval_counts, begin),
        cmocka_unit_test_setup(calendar_is_set, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
