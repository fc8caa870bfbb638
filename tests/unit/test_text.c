/*
 * UTF-8 as RFC 3629 has it, and what may reach a log.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

/* ---- UTF-8 ---- */

/* RFC 3629 §3, written down again: the bytes of a code point, their number. */
static size_t encode(uint32_t point, char *bytes)
{
    if (point < 0x80) {
        bytes[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        bytes[0] = (char)(0xc0 | point >> 6);
        bytes[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        bytes[0] = (char)(0xe0 | point >> 12);
        bytes[1] = (char)(0x80 | (point >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    bytes[0] = (char)(0xf0 | point >> 18);
    bytes[1] = (char)(0x80 | (point >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (point >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

static void every_code_point_but_surrogates(void **state)
{
    char bytes[4];

    (void)state;
    for (uint32_t point = 0; point < 0x200000; point++) {
        bool good = point < 0xd800 || (point > 0xdfff && point < 0x110000);
        size_t length = encode(point, bytes);

        if (text_is_utf8(bytes, length) != good)
            fail_msg("U+%04X", point);
        for (size_t cut = 1; cut < length; cut++) {
            if (text_is_utf8(bytes, cut))
                fail_msg("U+%04X cut after %zu bytes", point, cut);
        }
    }
}

/* How many strings of two and three bytes are UTF-8 is known: 128 characters
 * of one byte, 1920 of two, 61440 of three. */
static void every_string_of_up_to_three_bytes(void **state)
{
    unsigned two = 0, three = 0;

    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        char bytes[] = {(char)(i >> 8), (char)i};

        two += text_is_utf8(bytes, 2);
    }
    for (unsigned i = 0xe00000; i < 0xf00000; i++) {
        char bytes[] = {(char)(i >> 16), (char)(i >> 8), (char)i};

        three += text_is_utf8(bytes, 3);
    }
    assert_int_equal(two, 128 * 128 + 1920);
    assert_int_equal(three, 61440);
}

static void forms_that_are_no_utf8(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        bool good;
    } cases[] = {
        {"", 0, true},
        {"\0", 1, true},
        {"a\0b", 3, true},
        {"\x7f", 1, true},
        {"\xc2\x80", 2, true},
        {"\xf4\x8f\xbf\xbf", 4, true},
        {"\x80", 1, false},     /* begins in the middle */
        {"\xbf\xbf", 2, false}, /* likewise */
        {"\xc0\x80", 2, false}, /* NUL, the long way */
        {"\xc0\xaf", 2, false}, /* "/", the long way */
        {"\xc1\xbf", 2, false},
        {"\xe0\x80\xaf", 3, false},
        {"\xe0\x9f\xbf", 3, false},
        {"\xf0\x80\x80\xaf", 4, false},
        {"\xf0\x8f\xbf\xbf", 4, false},
        {"\xed\xa0\x80", 3, false},             /* surrogates */
        {"\xed\xa0\xbd\xed\xb8\x80", 6, false}, /* CESU-8 */
        {"\xf4\x90\x80\x80", 4, false},         /* past U+10FFFF */
        {"\xf5\x80\x80\x80", 4, false},
        {"\xf8\x88\x80\x80\x80", 5, false},
        {"\xfe", 1, false},
        {"\xff", 1, false},
        {"\xc3", 1, false}, /* cut */
        {"\xc3(", 2, false},
        {"\xe2\x82(", 3, false},
        {"good\xc3", 5, false},
        {"\xc3\xa4 and \x9f", 8, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (text_is_utf8(cases[i].bytes, cases[i].length) != cases[i].good)
            fail_msg("case %zu", i);
    }
}

static void cut_inside_a_character(void **state)
{
    static const struct {
        const char *text;
        size_t max, length;
    } cases[] = {
        {"", 0, 0},
        {"", 5, 0},
        {"abc", 0, 0},
        {"abc", 2, 2},
        {"abc", 3, 3},
        {"abc", 9, 3},
        {"a\xc3\xa4", 2, 1},
        {"a\xc3\xa4", 3, 3},
        {"\xe2\x82\xac", 1, 0},
        {"\xe2\x82\xac", 2, 0},
        {"\xe2\x82\xac\xe2\x82\xac", 3, 3},
        {"\xe2\x82\xac\xe2\x82\xac", 5, 3},
        {"\xf0\x9f\x98\x80", 3, 0},
        {"a\xf0\x9f\x98\x80z", 4, 1},
        {"a\xf0\x9f\x98\x80z", 5, 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = cases[i].text;

        if (text_cut(text, strlen(text), cases[i].max) != cases[i].length)
            fail_msg("case %zu", i);
    }
}

/* ---- what a stranger says ---- */

static void escape_sequences_do_not_reach_a_terminal(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"", ""},
        {"plain text", "plain text"},
        {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
         "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"two\nlines", "two?lines"},
        {"\r\n\t\b", "????"},
        {"\x1b[31mred\x1b[m", "?[31mred?[m"},
        {"\x7f", "?"},
        {"\xc2\x9b"
         "31m",
         "??31m"},                /* the one-character form of ESC [ */
        {"\xc2\x85", "??"},       /* NEL breaks a line, too */
        {"\xc2\xa0", "\xc2\xa0"}, /* the first that is no control */
        {"\xff", "?"},
        {"caf\xe9", "caf?"},
        {"\xe2\x82", "??"},
        {"\xc0\x9b", "??"},
        {"\xed\xa0\x80", "???"},
        {"\xf0\x9f\x98\xc3\xa4", "???\xc3\xa4"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];

        strcpy(text, cases[i].before);
        text_sanitise(text);
        assert_string_equal(text, cases[i].after);
    }
}

static void control_characters_are_found(void **state)
{
    char byte;

    (void)state;
    for (int i = 0; i < 256; i++) {
        byte = (char)i;
        assert_int_equal(text_has_control(&byte, 1), i < 0x20 || i == 0x7f);
    }
    assert_false(text_has_control("", 0));
    assert_false(text_has_control("\n", 0));
    assert_true(text_has_control("plain\n", 6));
    assert_false(text_has_control("plain\n", 5));
    assert_true(text_has_control("a\0b", 3));
}

/* ---- what a person is to read ---- */

/* Every code point: what is left of it, and whether it may be shown. */
static void every_code_point_on_a_screen(void **state)
{
    (void)state;
    for (unsigned code = 1; code < 0x10000; code++) {
        char text[8] = {0};
        bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        bool line = code == 0x2028 || code == 0x2029;
        bool turns = (code >= 0x202a && code <= 0x202e) ||
                     (code >= 0x2066 && code <= 0x206f);

        if (code >= 0xd800 && code < 0xe000)
            continue;
        if (code < 0x80) {
            text[0] = (char)code;
        } else if (code < 0x800) {
            text[0] = (char)(0xc0 | code >> 6);
            text[1] = (char)(0x80 | (code & 0x3f));
        } else {
            text[0] = (char)(0xe0 | code >> 12);
            text[1] = (char)(0x80 | (code >> 6 & 0x3f));
            text[2] = (char)(0x80 | (code & 0x3f));
        }
        if (text_is_showable(text, strlen(text)) == (control || line || turns))
            fail_msg("U+%04X", code);
        text_make_showable(text);
        assert_true(text_is_showable(text, strlen(text)));
        if (turns)
            assert_string_equal(text, "");
        if (line)
            assert_string_equal(text, " ");
    }
    assert_false(text_is_showable("a\xff", 2));
    assert_false(text_is_showable("\xe2\x80", 2));
    assert_true(text_is_showable("", 0));
}

static void shortened_with_an_ellipsis(void **state)
{
    static const struct {
        const char *before;
        size_t max;
        const char *after;
    } cases[] = {
        {"", 3, ""},
        {"abc", 3, "abc"},
        {"abcd", 3, "\xe2\x80\xa6"},
        {"abcdef", 5, "ab\xe2\x80\xa6"},
        {"abcdef", 6, "abcdef"},
        {"a\xc3\xa4\xc3\xa4\xc3\xa4", 5, "a\xe2\x80\xa6"},
        {"a\xc3\xa4\xc3\xa4\xc3\xa4", 6, "a\xc3\xa4\xe2\x80\xa6"},
        {"\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 6, "\xe2\x80\xa6"},
        {"\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 7, "\xf0\x9f\x98\x80\xe2\x80\xa6"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];

        strcpy(text, cases[i].before);
        text_shorten(text, cases[i].max);
        assert_string_equal(text, cases[i].after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_but_surrogates),
        cmocka_unit_test(every_string_of_up_to_three_bytes),
        cmocka_unit_test(forms_that_are_no_utf8),
        cmocka_unit_test(cut_inside_a_character),
        cmocka_unit_test(escape_sequences_do_not_reach_a_terminal),
        cmocka_unit_test(control_characters_are_found),
        cmocka_unit_test(every_code_point_on_a_screen),
        cmocka_unit_test(shortened_with_an_ellipsis),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
