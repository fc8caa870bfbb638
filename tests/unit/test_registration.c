/*
 * What an app may have written at its mail server, and what a server makes of
 * it on the way: annotations and messages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/letterbox.h"
#include "session/metadata.h"
#include "session/pairs.h"

static struct entries entries;

static int end(void **state)
{
    (void)state;
    entries_finish(&entries);
    return 0;
}

/* In memory that ends where the reply does. */
static void take(const char *reply)
{
    size_t length = strlen(reply);
    char *copy = malloc(length);

    assert_non_null(copy);
    memcpy(copy, reply, length);
    metadata_take(copy, copy + length, &entries);
    free(copy);
}

static void is_entry(size_t index, const char *name, const char *value,
                     const char *renewed)
{
    const struct entry *entry = &entries.list[index];

    assert_true(index < entries.count);
    assert_string_equal(entry->name, name);
    if (value)
        assert_string_equal(entry->value, value);
    else
        assert_null(entry->value);
    if (renewed)
        assert_string_equal(entry->renewed, renewed);
    else
        assert_null(entry->renewed);
}

#define E "/private/vendor/vendor.imappushd/endpoint/"

/* RFC 5464 section 4.4.1; Dovecot sends literals, and each entry in a response
 * of its own. */
static void annotations(void **state)
{
    (void)state;
    take(" \"\" (" E "pixel \"https://push.test/a\\\\b\\\"c\" " E
         "pixel/renewed \"2026\")\r\n");
    take(" \"\" (/PRIVATE/vendor/vendor.imappushd/Endpoint/Desk "
         "{4}\r\n(a\"))\r\n");
    take(" {0}\r\n (" E "none NIL)\r\n");
    take(" \"\" (\"" E "quoted\" x)\r\n");
    assert_int_equal(entries.count, 2);
    is_entry(0, "pixel", "https://push.test/a\\b\"c", "2026");
    is_entry(1, "desk", "(a\")", NULL);
}

static void newer_value_of_an_annotation(void **state)
{
    (void)state;
    take(" \"\" (" E "p \"1\")\r\n");
    take(" \"\" (" E "p \"2\")\r\n");
    assert_int_equal(entries.count, 1);
    is_entry(0, "p", "2", NULL);
}

static void names_that_are_none(void **state)
{
    (void)state;
    take(" \"\" (" E " \"x\" " E "a/b \"x\" " E "a/renewed/b \"x\" " E
         "\xc3\xa4 \"x\" /private/comment \"x\" " E "../a \"x\" " E
         "0123456789012345678901234567890123456789012345678901234567890123456 "
         "\"x\")\r\n");
    assert_int_equal(entries.count, 0);
}

static void answers_that_break_off(void **state)
{
    static const char *const replies[] = {
        "",
        " ",
        " \"\"",
        " \"\" (",
        " \"\" (" E "p",
        " \"\" (" E "p ",
        " \"\" (" E "p \"x",
        " \"\" (" E "p {5}\r\nabc",
        " \"\" (" E "p {99999999999}\r\nabc)",
        " (()",
    };

    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++)
        take(replies[i]);
    assert_int_equal(entries.count, 0);
}

/* RFC 3501 section 7.4.2: FETCH has lists within names. */
static void names_with_brackets(void **state)
{
    static const char reply[] =
        "(UID 7 BODY[HEADER.FIELDS (SUBJECT DATE)] {3}\r\na)b BODY[TEXT]<0> "
        "\"x\" BODY[HEADER.FIELDS (A)]<5> NIL BODY[X (";
    static const struct {
        const char *name, *value;
    } wanted[] = {{"UID", "7"},
                  {"BODY[HEADER.FIELDS (SUBJECT DATE)]", "a)b"},
                  {"BODY[TEXT]<0>", "x"},
                  {"BODY[HEADER.FIELDS (A)]<5>", "NIL"}};
    const char *at = reply, *end = reply + strlen(reply);
    struct pair pair;

    (void)state;
    assert_true(pairs_enter(&at, end));
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        assert_true(pairs_next(&at, end, &pair));
        assert_true(pairs_is(&pair, wanted[i].name));
        assert_int_equal(pair.length, strlen(wanted[i].value));
        assert_memory_equal(pair.value, wanted[i].value, pair.length);
    }
    assert_false(pairs_next(&at, end, &pair));
}

static void what_comes_unasked(void **state)
{
    static const char ours[] = " \"\" " E "pixel\r\n";
    static const char other[] =
        " \"\" /private/vendor/vendor.imappushd/relay\r\n";

    (void)state;
    assert_true(metadata_tells(ours, ours + strlen(ours)));
    assert_false(metadata_tells(other, other + strlen(other)));
    assert_false(metadata_tells(ours, ours + 20));
}

/* ---- messages ---- */

static bool letter(const char *message, int64_t uid)
{
    size_t length = strlen(message);
    char *copy = malloc(length + 1);

    assert_non_null(copy);
    memcpy(copy, message, length);
    bool taken = letterbox_take(copy, length, uid, &entries);

    free(copy);
    return taken;
}

#define JSON "Content-Type: application/json\r\n"

static void messages(void **state)
{
    (void)state;
    assert_true(letter("Subject: Pixel\r\n" JSON "\r\n {} \r\n\r\n", 7));
    assert_true(letter("content-TYPE:\n application/json; charset=utf-8\n"
                       "SUBJECT: =?utf-8?q?desk?=\n\n{\n}\n",
                       8));
    assert_int_equal(entries.count, 2);
    is_entry(0, "pixel", "{}", "7");
    is_entry(1, "desk", "{\n}", "8");
    assert_true(letter("Subject: pixel\r\n" JSON "\r\nhttps://x", 9));
    is_entry(0, "pixel", "https://x", "9");
}

static void messages_that_are_none(void **state)
{
    static const char *const others[] = {
        "",
        "\r\n\r\n",
        "Subject: a\r\n" JSON,
        "Subject: a\r\n" JSON "\r\n",
        "Subject: a\r\n" JSON "\r\n \r\n",
        "Subject: a\r\n\r\n{}",
        "Subject: a\r\nContent-Type: text/plain\r\n\r\n{}",
        JSON "\r\n{}",
        "Subject: \r\n" JSON "\r\n{}",
        "Subject: a b\r\n" JSON "\r\n{}",
        "Subject: a/b\r\n" JSON "\r\n{}",
        "Received: from mx.test; now\r\nSubject: a\r\n" JSON "\r\n{}",
        "Subject: a\r\n" JSON "Received: from mx.test; now\r\n\r\n{}",
        "Subject: a\r\n" JSON "Content-Transfer-Encoding: base64\r\n\r\ne30=",
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (letter(others[i], 1))
            fail_msg("%s", others[i]);
    }
    assert_int_equal(entries.count, 0);
}

static void too_many(void **state)
{
    char message[100];

    (void)state;
    for (int i = 0; i < REGISTRATIONS_MAX; i++) {
        snprintf(message, sizeof message, "Subject: n%d\r\n" JSON "\r\n{}", i);
        assert_true(letter(message, i + 1));
    }
    assert_false(letter("Subject: more\r\n" JSON "\r\n{}", 101));
    assert_true(letter("Subject: n5\r\n" JSON "\r\n{}", 102));
    is_entry(5, "n5", "{}", "102");
}

static void name_of_the_mailbox(void **state)
{
    (void)state;
    assert_true(registration_is_mailbox("imappushd"));
    assert_true(registration_is_mailbox("INBOX.imappushd"));
    assert_true(registration_is_mailbox("inbox/imappushd"));
    assert_false(registration_is_mailbox("INBOX"));
    assert_false(registration_is_mailbox("INBOX."));
    assert_false(registration_is_mailbox("Old.imappushd"));
    assert_false(registration_is_mailbox("imappushd2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(annotations, end),
        cmocka_unit_test_teardown(newer_value_of_an_annotation, end),
        cmocka_unit_test_teardown(names_that_are_none, end),
        cmocka_unit_test_teardown(answers_that_break_off, end),
        cmocka_unit_test(names_with_brackets),
        cmocka_unit_test_teardown(what_comes_unasked, end),
        cmocka_unit_test_teardown(messages, end),
        cmocka_unit_test_teardown(messages_that_are_none, end),
        cmocka_unit_test_teardown(too_many, end),
        cmocka_unit_test(name_of_the_mailbox),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
