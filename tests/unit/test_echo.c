/* A server repeats a password: as it is, as it was sent, and only in part. */
#include "session/echo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SECRET "staple horse battery"

static struct echo expecting(const char *secret)
{
    struct echo echo;

    echo_init(&echo);
    echo_expect(&echo, "AHVzZXIAb3BlbiBzZXNhbWU=");
    echo_expect(&echo, secret);
    return echo;
}

static bool is_hidden(const char *secret, const char *text)
{
    struct echo echo = expecting(secret);
    struct reply reply = {
        .kind = REPLY_TAGGED, .code = "ALERT", .argument = "", .text = text};

    echo_hide(&echo, &reply);
    echo_finish(&echo);
    assert_string_equal(reply.code, "ALERT");
    return reply.text != text;
}

static void test_repeated_as_a_whole_or_in_part(void **state)
{
    (void)state;
    assert_true(is_hidden(SECRET, SECRET));
    assert_true(is_hidden(SECRET, "bad command: LOGIN me \"" SECRET "\" !"));
    assert_true(is_hidden(SECRET, "unknown: LOGIN me staple ho"));
    assert_true(is_hidden(SECRET, "... e battery is wrong"));
    assert_true(is_hidden(SECRET, "AUTHENTICATE PLAIN AHVzZXIAb3BlbiB"));
    assert_true(is_hidden("tiny", "no user tiny here"));
}

static void test_other_words_are_shown(void **state)
{
    (void)state;
    assert_false(is_hidden(SECRET, "incorrect password"));
    assert_false(is_hidden(SECRET, ""));
    assert_false(is_hidden("", "authentication failed"));
    assert_false(is_hidden("tiny", "tin"));
}

static void test_repeated_as_a_code(void **state)
{
    struct echo echo = expecting(SECRET);
    struct reply reply = {.kind = REPLY_TAGGED,
                          .code = "LOGIN",
                          .argument = SECRET,
                          .text = "what?"};

    (void)state;
    echo_hide(&echo, &reply);
    echo_finish(&echo);
    assert_string_equal(reply.argument, "");
    assert_string_equal(reply.text, "what?");
}

static void test_nothing_is_expected_any_more(void **state)
{
    struct echo echo = expecting(SECRET);
    struct reply reply = {
        .kind = REPLY_TAGGED, .code = "", .argument = "", .text = SECRET};

    (void)state;
    echo_finish(&echo);
    echo_hide(&echo, &reply);
    assert_string_equal(reply.text, SECRET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeated_as_a_whole_or_in_part),
        cmocka_unit_test(test_other_words_are_shown),
        cmocka_unit_test(test_repeated_as_a_code),
        cmocka_unit_test(test_nothing_is_expected_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
