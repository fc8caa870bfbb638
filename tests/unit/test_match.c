/*
 * Rules and the headers that they look at: RFC 5322, RFC 2047, RFC 2919
 * (List-Id), RFC 3834 (Auto-Submitted).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "session/header.h"
#include "session/match.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void globs(void **state)
{
    static const struct {
        const char *glob, *text;
        bool matches;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "anything", true},
        {"a*c", "abbc", true},
        {"a*c", "abcd", false},
        {"*.debian.org", "debian-devel.lists.debian.org", true},
        {"*.debian.org", "debian.org", false},
        {"*.DEBIAN.org", "x.Debian.ORG", true},
        {"?", "a", true},
        {"?", "", false},
        {"?", "ab", false},
        {"?", "\xc3\xa4", true}, /* one character, not one byte */
        {"??", "\xc3\xa4", false},
        {"[list]*", "[list] hello", true}, /* brackets are brackets */
        {"[list]*", "l", false},
        {"a**b", "ab", true},
        {"*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
        {"*aab", "aaaab", true},
        {"\\*", "\\x", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (match_glob(cases[i].glob, cases[i].text) != cases[i].matches)
            fail_msg("\"%s\" and \"%s\"", cases[i].glob, cases[i].text);
    }
}

static void texts(void **state)
{
    static const struct {
        const char *body, *text;
    } cases[] = {
        {" Hello\r\n", "Hello"},
        {"Hello", "Hello"},
        {" one\r\n two\r\n\tthree\r\n", "one two three"},
        {" \r\n", ""},
        {"", ""},
        /* RFC 2047 section 8 */
        {" =?ISO-8859-1?Q?a?=\r\n", "a"},
        {" =?ISO-8859-1?Q?a?= b\r\n", "a b"},
        {" =?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=\r\n", "ab"},
        {" =?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=\r\n", "ab"},
        {" =?ISO-8859-1?Q?a?=\r\n  =?ISO-8859-1?Q?b?=\r\n", "ab"},
        {" =?ISO-8859-1?Q?a_b?=\r\n", "a b"},
        {" =?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=\r\n",
         "a =?ISO-8859-2?Q?_b?="}, /* a set that is not known */
        {" =?utf-8?B?w4RyZ2Vy?=\r\n", "\xc3\x84rger"},
        {" =?UTF-8*de?q?=C3=84rger?= x\r\n", "\xc3\x84rger x"},
        {" x =?utf-8?B?w4Q=?= y\r\n", "x \xc3\x84 y"},
        {" =?iso-8859-15?Q?=A4?=\r\n", "\xe2\x82\xac"},
        {" =?windows-1252?Q?=80=93?=\r\n", "\xe2\x82\xac\xe2\x80\x9c"},
        {" =?iso-8859-1?Q?=C4?=\r\n", "\xc3\x84"},
        /* not quite encoded words */
        {" =?utf-8?X?abc?=\r\n", "=?utf-8?X?abc?="},
        {" =?utf-8?Q?abc\r\n", "=?utf-8?Q?abc"},
        {" =?utf-8?Q?a b?=\r\n", "=?utf-8?Q?a b?="},
        {" =?\r\n", "=?"},
        {" =?utf-8?Q?=4?=\r\n", "=4"},
        /* what must not reach anybody as it is */
        {" a\x01"
         "b\xff\r\n",
         "a?b?"},
    };
    char value[HEADER_VALUE_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        header_text(cases[i].body, cases[i].body + strlen(cases[i].body),
                    value);
        if (strcmp(value, cases[i].text) != 0)
            fail_msg("\"%s\": \"%s\"", cases[i].body, value);
    }
}

static void fields_one_by_one(void **state)
{
    static const char header[] = "From: a\r\nSubject: b\r\n c\r\nrubbish\r\n"
                                 ": none\r\nTo : d\nX:";
    const char *at = header, *end = header + sizeof header - 1, *body, *name;
    static const char *const wanted[] = {"From", "Subject", "To", "X"};
    char text[HEADER_VALUE_MAX];
    static const char *const bodies[] = {"a", "b c", "d", ""};
    size_t length, count = 0;

    (void)state;
    while ((name = header_next(&at, end, &length, &body)) != NULL) {
        assert_true(count < COUNT(wanted));
        assert_int_equal(length, strlen(wanted[count]));
        assert_memory_equal(name, wanted[count], length);
        header_text(body, at, text);
        assert_string_equal(text, bodies[count++]);
    }
    assert_int_equal(count, COUNT(wanted));
}

static void addresses(void **state)
{
    static const struct {
        const char *text, *found[3];
    } cases[] = {
        {"a@b", {"a@b"}},
        {"Alice <a@b>", {"a@b"}},
        {"\"Doe, <J>\" <j@d>, x@y", {"j@d", "x@y"}},
        {"<>", {""}},
        {"Debian <debian.lists.example>", {"debian.lists.example"}},
        {"a@b,", {"a@b"}},
        {"<a", {"a"}},
    };
    char value[HEADER_VALUE_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *at = cases[i].text;
        size_t count = 0;

        while (header_address(&at, value)) {
            assert_true(count < 3 && cases[i].found[count]);
            assert_string_equal(value, cases[i].found[count++]);
        }
        assert_true(count == 3 || !cases[i].found[count]);
    }
}

/* ---- rules ---- */

static const char mail[] =
    "From: =?utf-8?Q?Al=C3=AFce?= <alice@example.com>\r\n"
    "To: Bob <bob@home.test>, team@home.test\r\n"
    "Cc: Carol <carol@away.test>\r\n"
    "Subject: [list] =?utf-8?B?w4RyZ2Vy?=\r\n"
    "List-Id: Talk <talk.lists.example.org>\r\n"
    "Auto-Submitted: auto-generated\r\n";

static size_t find(const struct rule *rules, size_t count, const char *header)
{
    const struct account account = {.rules = rules, .rule_count = count};

    return match_rule(&account, "Lists/x", header, strlen(header));
}

static void criteria(void **state)
{
    static const struct {
        struct rule rule;
        bool matches;
    } cases[] = {
        {{0}, true}, /* no criterion: everything */
        {{.mailbox = "Lists/*"}, true},
        {{.mailbox = "INBOX"}, false},
        {{.from = "*@example.com"}, true},
        {{.from = "alice@example.com"}, true},
        {{.from = "Al\xc3\xaf"
                  "ce <*"},
         true},
        {{.from = "*@example.org"}, false},
        {{.to = "bob@home.test"}, true},
        {{.to = "team@*"}, true},
        {{.to = "carol@away.test"}, true}, /* Cc counts */
        {{.to = "alice@*"}, false},
        {{.subject = "[list]*"}, true},
        {{.subject = "*\xc3\x84rger"}, true},
        {{.subject = "*=?utf-8*"}, false},
        {{.list_id = "*.example.org"}, true},
        {{.list_id = "talk.lists.example.org"}, true},
        {{.list_id = "lists"}, false},
        {{.auto_submitted = RULE_TRUE}, true},
        {{.auto_submitted = RULE_FALSE}, false},
        {{.mailbox = "Lists/*", .from = "*@example.com", .subject = "*list*"},
         true},
        {{.mailbox = "Lists/*", .from = "*@example.org"}, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if ((find(&cases[i].rule, 1, mail) == 0) != cases[i].matches)
            fail_msg("case %zu", i);
    }
}

static void first_match_wins(void **state)
{
    static const struct rule rules[] = {{.from = "*@example.org"},
                                        {.list_id = "*"},
                                        {.from = "*@example.com"},
                                        {0}};

    (void)state;
    assert_int_equal(find(rules, 4, mail), 1);
    assert_int_equal(find(rules + 2, 2, mail), 0);
    assert_int_equal(find(rules, 1, mail), RULE_NONE);
    assert_int_equal(find(rules, 0, mail), RULE_NONE);
}

/* What is not there, or was not read, matches nothing: so it is told. */
static void missing_fields(void **state)
{
    static const struct rule rules[] = {
        {.from = "*"}, {.subject = "*"}, {.auto_submitted = RULE_TRUE}};

    (void)state;
    assert_int_equal(find(rules, 3, ""), RULE_NONE);
    assert_int_equal(find(rules, 3, "Auto-Submitted: no\r\n"), RULE_NONE);
    assert_int_equal(find(rules, 3, "Auto-Submitted: No; x=y\r\n"), RULE_NONE);
    assert_int_equal(find(rules, 3, "Auto-Submitted: auto-replied\r\n"), 2);
    assert_int_equal(find(rules, 3, "Auto-Submitted: notify\r\n"), 2);
}

static void only_needed_fields_are_asked_for(void **state)
{
    const struct rule rules[] = {{.mailbox = "x"}, {.to = "y"}, {.from = "z"}};
    struct account account = {.rules = rules, .rule_count = 1};
    char fields[MATCH_FIELDS_SIZE];

    (void)state;
    match_fields(&account, fields);
    assert_string_equal(fields, "");
    account.rule_count = 3;
    match_fields(&account, fields);
    assert_string_equal(fields, " FROM TO CC");
    const struct rule all = {.list_id = "",
                             .from = "",
                             .to = "",
                             .subject = "",
                             .auto_submitted = RULE_TRUE};

    account = (struct account){.rules = &all, .rule_count = 1};
    match_fields(&account, fields);
    assert_string_equal(fields, " LIST-ID FROM TO CC SUBJECT AUTO-SUBMITTED");
}

/* Whatever a stranger writes, nothing is read or written beyond its end. */
static void random_headers(void **state)
{
    static const char *const pieces[] = {
        "From:", "Subject: ", "=?utf-8?Q?", "=?utf-8?B?", "?=", "\r\n",
        " ",     "<",         ">",          "\"",         ",",  "=C3",
        "\xff",  "List-Id",   ":",          "=?",         "*",  "\n"};
    static const struct rule rules[] = {
        {.from = "*a*b*"}, {.subject = "*a*"}, {.list_id = "?*x"}};
    const struct account account = {.rules = rules, .rule_count = 3};
    struct chance chance = chance_begin();

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char bytes[4096];
        size_t length = 0;

        for (size_t n = chance_below(&chance, 60); n > 0; n--) {
            const char *piece = pieces[chance_below(&chance, COUNT(pieces))];

            memcpy(bytes + length, piece, strlen(piece));
            length += strlen(piece);
        }
        char *exact = malloc(length + 1); /* for sanitizers to see its end */

        assert_non_null(exact);
        memcpy(exact, bytes, length);
        exact = realloc(exact, length ? length : 1);
        assert_non_null(exact);
        match_rule(&account, "x", exact, length);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs),
        cmocka_unit_test(texts),
        cmocka_unit_test(fields_one_by_one),
        cmocka_unit_test(addresses),
        cmocka_unit_test(criteria),
        cmocka_unit_test(first_match_wins),
        cmocka_unit_test(missing_fields),
        cmocka_unit_test(only_needed_fields_are_asked_for),
        cmocka_unit_test(random_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
