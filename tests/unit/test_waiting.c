/*
 * Messages that wait for searches: each ends with the first rule that found it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/waiting.h"

static struct waiting waiting;
static const struct letterhead letterhead = {"Bob", "Hello"};

static int begin(void **state)
{
    (void)state;
    waiting.count = 0;
    return 0;
}

static void add(int64_t uid, int64_t asks, size_t rule)
{
    const struct match_verdict verdict = {.asks = asks, .rule = rule};

    assert_true(waiting_add(&waiting, uid, 5, &verdict, &letterhead));
}

static void assert_range(size_t rule, int64_t first, int64_t last)
{
    int64_t low = 0, high = 0;

    assert_true(waiting_range(&waiting, rule, &low, &high));
    assert_int_equal(low, first);
    assert_int_equal(high, last);
}

static void assert_nobody_asks(size_t rule)
{
    int64_t first, last;

    assert_false(waiting_range(&waiting, rule, &first, &last));
}

static void first_search_that_finds_decides(void **state)
{
    (void)state;
    add(12, 1 << 1 | 1 << 4, 5);
    add(10, 1 << 1, RULE_NONE);
    add(15, 1 << 4, RULE_NONE);
    assert_nobody_asks(0);
    assert_range(1, 10, 12);
    waiting_found(&waiting, 1, 12);
    waiting_found(&waiting, 1, 11); /* between them, and nobody's */
    waiting_found(&waiting, 1, 15); /* does not ask about that */
    waiting_settle(&waiting, 1, true);
    assert_range(4, 15, 15); /* the one that was found asks no further */
    waiting_settle(&waiting, 4, true);
    assert_nobody_asks(4);
    assert_int_equal(waiting.list[0].verdict.rule, 1);
    assert_int_equal(waiting.list[1].verdict.rule, RULE_NONE);
    assert_int_equal(waiting.list[2].verdict.rule, RULE_NONE);
    assert_int_equal(waiting.list[0].internaldate, 5);
}

static void found_by_none_falls_under_the_rule_behind(void **state)
{
    (void)state;
    add(7, 1 << 0 | 1 << 2, 3);
    waiting_settle(&waiting, 0, true);
    waiting_settle(&waiting, 2, true);
    assert_int_equal(waiting.list[0].verdict.asks, 0);
    assert_int_equal(waiting.list[0].verdict.rule, 3);
}

/* Not even under the rule behind: the one that was not asked comes before. */
static void search_without_an_answer(void **state)
{
    (void)state;
    add(7, 1 << 0 | 1 << 2, 3);
    add(8, 1 << 2, 3);
    waiting_found(&waiting, 0, 7); /* and then it breaks off */
    waiting_settle(&waiting, 0, false);
    assert_range(2, 8, 8);
    waiting_settle(&waiting, 2, true);
    assert_int_equal(waiting.list[0].verdict.rule, RULE_NONE);
    assert_int_equal(waiting.list[1].verdict.rule, 3);
    /* nobody knows who may be shown it */
    assert_string_equal(waiting.list[0].letterhead.subject, "");
    assert_string_equal(waiting.list[1].letterhead.subject, "Hello");
}

static void more_than_can_wait(void **state)
{
    const struct match_verdict verdict = {.asks = 1, .rule = 2};

    (void)state;
    for (int64_t uid = 1; uid <= WAITING_MAX; uid++)
        add(uid, 1, 2);
    assert_false(waiting_add(&waiting, 999, 5, &verdict, &letterhead));
    assert_range(0, 1, WAITING_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(first_search_that_finds_decides, begin),
        cmocka_unit_test_setup(found_by_none_falls_under_the_rule_behind,
                               begin),
        cmocka_unit_test_setup(search_without_an_answer, begin),
        cmocka_unit_test_setup(more_than_can_wait, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
