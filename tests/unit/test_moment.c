/* Moments as a person reads them. */
#include "cli/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void test_parse(void **state)
{
    (void)state;
    assert_int_equal(moment_parse("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(moment_parse("2026-11-25T12:00:00Z"), 1795608000);
    assert_int_equal(moment_parse("2026-11-25T12:00:00"), -1);
    assert_int_equal(moment_parse("2026-11-25T12:00:00Z "), -1);
    assert_int_equal(moment_parse(""), -1);
    assert_int_equal(moment_parse("yesterday"), -1);
}

/* In the local time of who reads it; today's has no date. */
static void test_name(void **state)
{
    const time_t noon = 1795608000;
    char text[40];

    (void)state;
    setenv("TZ", "CET-1", 1);
    tzset();
    assert_string_equal(moment_name(noon, noon + 3600, text, sizeof text),
                        "13:00");
    assert_string_equal(moment_name(noon, noon + 43200, text, sizeof text),
                        "2026-11-25 13:00");
    assert_string_equal(
        moment_name(noon, noon + 365 * 86400, text, sizeof text),
        "2026-11-25 13:00");
    assert_string_equal(moment_name(-1, noon, text, sizeof text), "?");
}

static void test_span(void **state)
{
    char text[40];

    (void)state;
    assert_string_equal(moment_span(10, 5, text, sizeof text), "0 s");
    assert_string_equal(moment_span(0, 119, text, sizeof text), "119 s");
    assert_string_equal(moment_span(0, 120, text, sizeof text), "2 min");
    assert_string_equal(moment_span(0, 7200, text, sizeof text), "2 h");
    assert_string_equal(moment_span(0, 172800, text, sizeof text), "2 days");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_span),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
