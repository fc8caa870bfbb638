/*
 * Sender and subject as a phone may show them: whose they are, in how few
 * bytes, and of which message.
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

#include "base/text.h"
#include "chance.h"
#include "session/heads.h"
#include "session/look.h"
#include "session/match.h"
#include "session/rules.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Of a message with those fields. */
static struct response fetch(int64_t uid, const char *origin)
{
    struct response response = {.kind = RESPONSE_FETCH,
                                .understood = true,
                                .uid = uid,
                                .header_read = true};

    assert_true(strlen(origin) <= sizeof response.origin);
    memcpy(response.origin, origin, strlen(origin));
    response.origin_length = strlen(origin);
    return response;
}

static struct letterhead read_head(const char *origin)
{
    struct response response = fetch(1, origin);
    struct letterhead letterhead;

    heads_read(&response, &letterhead);
    assert_true(letterhead_is_fit(letterhead.from, letterhead.subject));
    return letterhead;
}

/* ---- one message ---- */

static void who_it_is_from(void **state)
{
    static const struct {
        const char *body, *from;
    } cases[] = {
        {"Bob <bob@example.org>", "Bob"},
        {"bob@example.org", "bob@example.org"},
        {"<bob@example.org>", "bob@example.org"},
        {"\"Doe, John\" <j@x.test>", "Doe, John"},
        {"Doe, John <j@x.test>", "Doe, John"}, /* which should be quoted */
        {"\"J. \\\"Jo\\\" D\" <j@x.test>", "J. \"Jo\" D"},
        {"Bob (at home) <bob@x.test>", "Bob"},
        {"bob@x.test (Bob)", "bob@x.test"},
        {"=?utf-8?Q?Bj=C3=B6rn?= Borg <b@x.test>", "Bj\xc3\xb6rn Borg"},
        {"=?utf-8?B?0J/Rg9GI0LrQuNC9?=\r\n <b@x.test>",
         "\xd0\x9f\xd1\x83\xd1\x88\xd0\xba\xd0\xb8\xd0\xbd"},
        {"\"=?iso-8859-1?Q?J=F8rn?=\" <b@x.test>", "J\xc3\xb8rn"},
        {"\"Bj\xc3\xb6rn\" <b@x.test>", "Bj\xc3\xb6rn"}, /* RFC 6532 */
        {"Bob <bob@x.test>, Eve <eve@x.test>", "Bob"},
        {"", ""},
        {"\"\" <b@x.test>", "b@x.test"},
        {"\"<a@bank.test>\" <eve@x.test>", "eve@x.test"},
        /* who takes an address for a name shows the one that counts */
        {"\"boss@bank.test\" <eve@x.test>", "eve@x.test"},
        {"=?utf-8?Q?boss=40bank.test?= <eve@x.test>", "eve@x.test"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char field[256];

        snprintf(field, sizeof field, "From: %s\r\n", cases[i].body);
        assert_string_equal(read_head(field).from, cases[i].from);
    }
}

static void fields_that_are_missing_or_there_twice(void **state)
{
    struct letterhead head = read_head("subject: =?utf-8?B?w4RyZ2Vy?= now\r\n");

    (void)state;
    assert_string_equal(head.from, "");
    assert_string_equal(head.subject, "\xc3\x84rger now");
    head = read_head("FROM: Bob <b@x>\r\n");
    assert_string_equal(head.from, "Bob");
    assert_string_equal(head.subject, "");
    head = read_head("From: Bob <b@x>\r\nSubject: one\r\nFrom: Eve <e@x>\r\n"
                     "Subject: two\r\n");
    assert_string_equal(head.from, "Bob");
    assert_string_equal(head.subject, "one");
}

/* A stranger's words stand on the screen of a locked phone. */
static void words_that_would_do_more_than_be_read(void **state)
{
    static const struct {
        const char *subject, *shown;
    } cases[] = {
        {"a\x1b[31mb\x07", "a?[31mb?"},
        {"=?utf-8?Q?one=0D=0Atwo=00three?=", "one??two?three"},
        {"=?utf-8?Q?=C2=9B31m?=", "??31m"},
        {"caf\xe9 =?utf-8?Q?=FF=C0=AF?=", "caf? ???"},
        /* RIGHT-TO-LEFT OVERRIDE, and the isolates */
        {"invoice=?utf-8?Q?=E2=80=AEfdp=2Eexe?=", "invoicefdp.exe"},
        {"\xe2\x81\xa7"
         "a\xe2\x81\xa9",
         "a"},
        {"one\xe2\x80\xa8two", "one two"}, /* LINE SEPARATOR */
        {"\xe2\x81\xa6 a \xe2\x80\xac\xe2\x80\xa9", "a"},
        /* RIGHT-TO-LEFT MARK, ZERO WIDTH JOINER: words are made with them */
        {"\xd7\x90\xe2\x80\x8f! \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",
         "\xd7\x90\xe2\x80\x8f! \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char field[256];

        snprintf(field, sizeof field, "Subject: %s\r\nFrom: \"%s\" <b@x>\r\n",
                 cases[i].subject, cases[i].subject);
        struct letterhead head = read_head(field);

        assert_string_equal(head.subject, cases[i].shown);
        assert_string_equal(head.from, cases[i].shown);
    }
}

/* ... at the boundary of a character, with an ellipsis. */
static void longer_than_what_is_shown(void **state)
{
    static char field[8000];

    (void)state;
    for (size_t odd = 0; odd < 4; odd++) {
        strcpy(field, "Subject: ");
        memset(field + strlen(field), 'x', odd);
        field[strlen("Subject: ") + odd] = '\0';
        for (int i = 0; i < 1900; i++)
            strcat(field, "\xf0\x9f\x98\x80"); /* each four bytes */
        struct letterhead head = read_head(field);
        size_t length = strlen(head.subject);

        assert_in_range(length, LETTERHEAD_SUBJECT_MAX - 3,
                        LETTERHEAD_SUBJECT_MAX);
        assert_string_equal(head.subject + length - 3, "\xe2\x80\xa6");
        assert_int_equal((length - 3 - odd) % 4, 0);
    }
    memset(field, 0, sizeof field);
    strcpy(field, "From: ");
    memset(field + strlen(field), 'x', LETTERHEAD_FROM_MAX);
    strcat(field, " <b@x>");
    assert_int_equal(strlen(read_head(field).from), LETTERHEAD_FROM_MAX);
    assert_null(strstr(read_head(field).from, "\xe2\x80\xa6"));
}

/* Nobody knows then which rule it falls under. */
static void header_that_did_not_come_as_a_whole(void **state)
{
    const char *origin = "From: Bob <b@x>\r\nSubject: Hello\r\n";
    struct response cut[] = {fetch(1, origin), fetch(1, origin),
                             fetch(1, origin)};
    struct letterhead head;

    (void)state;
    cut[0].header_read = false;
    cut[1].header_cut = true;
    cut[2].origin_cut = true;
    for (size_t i = 0; i < COUNT(cut); i++) {
        heads_read(&cut[i], &head);
        assert_string_equal(head.from, "");
        assert_string_equal(head.subject, "");
    }
}

static void random_origins(void **state)
{
    static const char *const pieces[] = {"From:",
                                         "Subject:",
                                         "\r\n",
                                         " ",
                                         "<",
                                         ">",
                                         "\"",
                                         "=?utf-8?Q?",
                                         "?=",
                                         "=E2=80=AE",
                                         "\xe2\x80\xae",
                                         "\xff",
                                         "=?utf-8?B?4oCu",
                                         "=0A",
                                         "(",
                                         ")",
                                         "@",
                                         "\xc2\x85",
                                         "=C2=85",
                                         "\xe2\x80"};
    struct chance chance = chance_begin();

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char origin[2048] = "";

        for (size_t n = chance_below(&chance, 60); n > 0; n--)
            strcat(origin, pieces[chance_below(&chance, COUNT(pieces))]);
        read_head(origin); /* which looks whether it can be shown */
    }
}

/* ---- the newest of a look ---- */

static struct heads heads;

static const struct report_head *noted(size_t rule)
{
    static struct report report;

    heads_report(&heads, &report);
    for (size_t i = 0; i < report.head_count; i++) {
        if (report.heads[i].rule == rule)
            return &report.heads[i];
    }
    return NULL;
}

static void newest_of_each_rule(void **state)
{
    static const struct letterhead one = {"Bob", "one"}, two = {"Bob", "two"},
                                   unknown = {"", ""};

    (void)state;
    heads.count = 0;
    heads_note(&heads, 3, 10, &two);
    heads_note(&heads, 3, 9, &one); /* told later, but older */
    heads_note(&heads, RULE_NONE, 8, &one);
    assert_int_equal(heads.count, 2);
    assert_string_equal(noted(3)->subject, "two");
    assert_int_equal(noted(3)->uid, 10);
    assert_string_equal(noted(RULE_NONE)->subject, "one");
    assert_null(noted(0));
    heads_note(&heads, 3, 11, &unknown); /* the newest is not known */
    assert_string_equal(noted(3)->subject, "");
    heads_note(&heads, 3, 11, &two); /* told again, with more */
    assert_string_equal(noted(3)->subject, "two");
    heads_note(&heads, 3, 11, &unknown); /* ... with less */
    assert_string_equal(noted(3)->subject, "two");
    for (size_t rule = 0; rule <= RULE_NONE; rule++)
        heads_note(&heads, rule, 20, &one);
    assert_int_equal(heads.count, RULES_MAX + 1);
}

static void looks_and_rules(void **state)
{
    static const struct rule list[] = {
        {.from = "*@noise.test", .push = RULE_NEVER}, {.subject = "[list]*"}};
    static const struct account account = {
        .rules = list, .rule_count = COUNT(list), .show_headers = true};
    struct rules rules = {
        .account = &account, .mailbox = "INBOX", .heads = &heads};
    const struct cursor cursor = {1, 10};
    struct response mails[] = {
        fetch(10, "From: Bob <b@x>\r\nSubject: plain\r\n"),
        fetch(11, "From: Ann <a@x>\r\nSubject: [list] one\r\n"),
        fetch(12, "From: Eve <e@noise.test>\r\nSubject: cheap\r\n"),
        fetch(9, "From: Old <o@x>\r\nSubject: old\r\n"),
    };
    struct look look;

    (void)state;
    look_begin(&look, &cursor, &rules);
    for (size_t i = 0; i < COUNT(mails); i++)
        look_at(&look, &mails[i]);
    assert_int_equal(heads.count, 2);
    assert_string_equal(noted(RULE_NONE)->subject, "plain");
    assert_string_equal(noted(1)->from, "Ann");
    assert_null(noted(0)); /* of which nobody is told */
    look_begin(&look, &cursor, &rules);
    assert_int_equal(heads.count, 0);
    rules.heads = NULL;
    look_begin(&look, &cursor, &rules);
    look_at(&look, &mails[0]);
    assert_int_equal(heads.count, 0);
}

/* ---- what is asked for ---- */

static void asked_for_only_where_it_is_shown(void **state)
{
    static const struct rule list[] = {{.from = "*"}, {.to = "*"}};
    static const struct {
        size_t rules;
        bool shown;
        const char *fields;
    } cases[] = {
        {0, false, ""},
        {0, true, " FROM SUBJECT"},
        {1, false, " FROM"},
        {1, true, " FROM SUBJECT"},
        {2, true, " FROM TO CC SUBJECT"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct account account = {.rules = list,
                                        .rule_count = cases[i].rules,
                                        .show_headers = cases[i].shown};
        char fields[MATCH_FIELDS_SIZE];

        match_fields(&account, fields);
        assert_string_equal(fields, cases[i].fields);
    }
}

/* A long subject, which only a phone is to show, leaves the rules alone. */
static void long_subject_is_no_doubt_for_rules_about_lists(void **state)
{
    static const struct rule lists = {.list_id = "*", .push = RULE_NEVER},
                             senders = {.from = "*@x", .push = RULE_NEVER};
    struct account account = {
        .rules = &lists, .rule_count = 1, .show_headers = true};
    struct rules rules = {
        .account = &account, .mailbox = "INBOX", .heads = &heads};
    struct response mail = fetch(1, "");
    struct letterhead head;

    (void)state;
    mail.origin_cut = true;
    assert_int_equal(rules_find(&rules, &mail, &head), RULE_NONE);
    strcpy(mail.header, "List-Id: <a.b>\r\n");
    mail.header_length = strlen(mail.header);
    assert_int_equal(rules_find(&rules, &mail, &head), 0);
    account.rules = &senders;
    assert_int_equal(rules_find(&rules, &mail, &head), RULE_NONE);
    mail.origin_cut = false;
    strcpy(mail.origin, "From: <a@x>\r\n");
    mail.origin_length = strlen(mail.origin);
    assert_int_equal(rules_find(&rules, &mail, &head), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_it_is_from),
        cmocka_unit_test(fields_that_are_missing_or_there_twice),
        cmocka_unit_test(words_that_would_do_more_than_be_read),
        cmocka_unit_test(longer_than_what_is_shown),
        cmocka_unit_test(header_that_did_not_come_as_a_whole),
        cmocka_unit_test(random_origins),
        cmocka_unit_test(newest_of_each_rule),
        cmocka_unit_test(looks_and_rules),
        cmocka_unit_test(asked_for_only_where_it_is_shown),
        cmocka_unit_test(long_subject_is_no_doubt_for_rules_about_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
