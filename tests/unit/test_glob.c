/*
 * Globs: what they match, in all alphabets, and that no text makes them slow.
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
#include "session/glob.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct glob_case {
    const char *glob, *text;
    bool matches;
};

static void assert_all(const struct glob_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (glob_matches(cases[i].glob, cases[i].text) != cases[i].matches)
            fail_msg("\"%s\" and \"%s\"", cases[i].glob, cases[i].text);
    }
}

static void stars_and_question_marks(void **state)
{
    static const struct glob_case cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "anything", true},
        {"a*c", "abbc", true},
        {"a*c", "abcd", false},
        {"a*c", "acabc", true},
        {"*.debian.org", "debian-devel.lists.debian.org", true},
        {"*.debian.org", "debian.org", false},
        {"?", "a", true},
        {"?", "", false},
        {"?", "ab", false},
        {"a?*", "a", false},
        {"a?*", "ab", true},
        {"a**b", "ab", true},
        {"*aab", "aaaab", true},
        {"*a*b", "xaxbx", false},
        {"?*?", "a", false},
        {"?*?", "ab", true},
        {"*\xc3\xa4?", "\xc3\xa4\xc3\xa4\xc3\xa4x", true},
        /* all else stands for itself */
        {"[list]*", "[list] hello", true},
        {"[list]*", "l", false},
        {"\\*", "\\x", true},
        {"{a,b}", "a", false},
        {"a", "*", false},
        {"?", "*", true},
    };

    (void)state;
    assert_all(cases, COUNT(cases));
}

static void upper_and_lower_case(void **state)
{
    static const struct glob_case cases[] = {
        {"*.DEBIAN.org", "x.Debian.ORG", true},
        {"\xc3\x9c*",
         "\xc3\xbc"
         "ber",
         true}, /* U with diaeresis */
        {"\xd0\x9f\xd0\xa0*", "\xd0\xbf\xd1\x80\xd0\xb8", true}, /* Cyrillic */
        {"\xce\xa9", "\xcf\x89", true},                          /* omega */
        {"\xc3\xa4", "a", false}, /* an accent is a difference */
        {"[", "{", false},        /* as far apart as cases are */
        {"@", "`", false},
    };

    (void)state;
    assert_all(cases, COUNT(cases));
}

static void characters_and_bytes(void **state)
{
    static const struct glob_case cases[] = {
        {"?", "\xc3\xa4", true}, /* one character, not one byte */
        {"??", "\xc3\xa4", false},
        {"?", "\xf0\x9f\x93\xac", true}, /* a mailbox with its flag up */
        {"?", "\xe2\x82\xac", true},
        /* no character at all: a byte is one */
        {"?", "\xe4", true},
        {"??", "\xc3\xc3", true},
        {"?x", "\xe2\x82x", false},
        {"??x", "\xe2\x82x", true},
        {"*x", "\xffx", true},
    };

    (void)state;
    assert_all(cases, COUNT(cases));
}

/* A stranger writes the text. */
static void text_that_almost_matches(void **state)
{
    enum { LENGTH = 20000 };
    char *text = malloc(LENGTH + 1);
    int64_t begin_ms = clock_boottime_ms();

    (void)state;
    assert_non_null(text);
    memset(text, 'a', LENGTH);
    text[LENGTH] = '\0';
    assert_false(glob_matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab", text));
    assert_true(glob_matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a", text));
    assert_in_range(clock_boottime_ms() - begin_ms, 0, 5000);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars_and_question_marks),
        cmocka_unit_test(upper_and_lower_case),
        cmocka_unit_test(characters_and_bytes),
        cmocka_unit_test(text_that_almost_matches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
