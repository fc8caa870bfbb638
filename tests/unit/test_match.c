/*
 * Which rule a message falls under: RFC 2919 (List-Id), RFC 3834
 * (Auto-Submitted), and what is not known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "session/match.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char mail[] =
    "From: =?utf-8?Q?Al=C3=AFce?= <alice@example.com>\r\n"
    "To: Bob <bob@home.test>, team@home.test\r\n"
    "Cc: Carol <carol@away.test>\r\n"
    "Subject: [list] =?utf-8?B?w4RyZ2Vy?=\r\n"
    "List-Id: Talk <talk.lists.example.org>\r\n"
    "Auto-Submitted: auto-generated\r\n";

static size_t find_in(const struct rule *rules, size_t count,
                      const char *header, bool whole)
{
    const struct account account = {.rules = rules, .rule_count = count};
    const struct match_subject subject = {.mailbox = "Lists/x",
                                          .header = header,
                                          .length = strlen(header),
                                          .whole = whole};

    return match_rule(&account, &subject).rule;
}

static size_t find(const struct rule *rules, size_t count, const char *header)
{
    return find_in(rules, count, header, true);
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

/* As entries of mailboxes do. */
static void mailboxes(void **state)
{
    static const struct {
        const char *entry;
        struct match_subject subject;
        bool matches;
    } cases[] = {
        {"INBOX", {.mailbox = "INBOX"}, true},
        {"INBOX", {.mailbox = "INBOX.a", .separator = '.'}, false},
        {"all", {.mailbox = "Lists"}, true},
        {"Lists/%", {.mailbox = "Lists/a", .separator = '/'}, true},
        {"Lists/%", {.mailbox = "Lists/a/b", .separator = '/'}, false},
        {"Lists/*", {.mailbox = "Lists/a/b", .separator = '/'}, true},
        {"Lists.%", {.mailbox = "Lists.a/b", .separator = '.'}, true},
        {"lists/*", {.mailbox = "Lists/a", .separator = '/'}, false},
        {"\\junk", {.mailbox = "Spam", .uses = 0}, false},
        {"\\Junk", {.mailbox = "Junk", .uses = 0}, false},
        {"\\Junk", {.mailbox = "Spam", .uses = ~0U}, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct rule rule = {.mailbox = cases[i].entry};
        const struct account account = {.rules = &rule, .rule_count = 1};
        struct match_subject subject = cases[i].subject;

        subject.header = "";
        if ((match_rule(&account, &subject).rule == 0) != cases[i].matches)
            fail_msg("%s", cases[i].entry);
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

static void missing_fields(void **state)
{
    static const struct rule rules[] = {
        {.from = "*"}, {.subject = "*"}, {.list_id = "*"}, {.to = "*"}};

    (void)state;
    assert_int_equal(find(rules, 4, ""), RULE_NONE);
    assert_int_equal(find(rules, 4, "Cc: a@b\r\n"), 3);
    assert_int_equal(find(rules, 4, "Subject:\r\n"), 1);
}

static void said_to_be_automatic(void **state)
{
    static const struct {
        const char *header;
        bool automatic;
    } cases[] = {
        {"", false},
        {"Auto-Submitted:\r\n", false},
        {"Auto-Submitted: no\r\n", false},
        {"Auto-Submitted: NO\r\n", false},
        {"Auto-Submitted: No; x=y\r\n", false},
        {"Auto-Submitted: (see RFC 3834) no (really)\r\n", false},
        {"Auto-Submitted: auto-generated\r\n", true},
        {"Auto-Submitted: auto-replied (vacation)\r\n", true},
        {"auto-submitted:auto-notified; owner-email=\"me@here\"\r\n", true},
        {"Auto-Submitted: notify\r\n", true},
    };
    static const struct rule yes = {.auto_submitted = RULE_TRUE},
                             no = {.auto_submitted = RULE_FALSE};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if ((find(&yes, 1, cases[i].header) == 0) != cases[i].automatic ||
            (find(&no, 1, cases[i].header) == 0) == cases[i].automatic)
            fail_msg("%s", cases[i].header);
    }
}

/* The server did not send all: what might have been the rule must not be passed
 * over for a later one, which may say "never". */
static void doubt(void **state)
{
    static const struct {
        struct rule rules[2];
        size_t rule; /* where all that there was of the header is known */
        size_t in_doubt;
    } cases[] = {
        {{{.from = "boss@*"}, {0}}, 1, RULE_NONE},
        {{{.mailbox = "Lists/*"}, {.from = "*"}}, 0, 0},
        {{{.mailbox = "INBOX", .from = "boss@*"}, {0}}, 1, 1},
        {{{.mailbox = "Lists/*", .from = "boss@*"}, {0}}, 1, RULE_NONE},
        {{{.auto_submitted = RULE_TRUE}, {0}}, 1, RULE_NONE},
        {{{.auto_submitted = RULE_FALSE}, {0}}, 0, RULE_NONE},
        {{{.subject = "Hello"}, {0}}, 0, 0}, /* this much is known */
        {{{.subject = "Hello", .from = "boss@*"}, {0}}, 1, RULE_NONE},
        {{{.subject = "Bye"}, {0}}, 1, RULE_NONE}, /* is there another one? */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (find_in(cases[i].rules, 2, "Subject: Hello\r\n", true) !=
                cases[i].rule ||
            find_in(cases[i].rules, 2, "Subject: Hello\r\n", false) !=
                cases[i].in_doubt)
            fail_msg("case %zu", i);
    }
}

/* What a search decides, before and behind what the header does. */
static void searches(void **state)
{
    static const struct rule rules[] = {
        {.gmail_search = "in:a", .from = "a@*"},
        {.from = "b@*"},
        {.gmail_search = "in:b"},
        {.gmail_search = "in:c", .subject = "c"},
        {.mailbox = "INBOX", .gmail_search = "in:d"},
        {.subject = "d"},
        {.gmail_search = "in:e"},
    };
    static const struct {
        const char *header;
        bool whole, searches;
        int64_t asks;
        size_t rule;
    } cases[] = {
        {"From: a@x\r\n", true, true, 1 << 0 | 1 << 2 | 1 << 6, RULE_NONE},
        {"From: a@x\r\nSubject: d\r\n", true, true, 1 << 0 | 1 << 2, 5},
        {"From: b@x\r\nSubject: c\r\n", true, true, 0, 1},
        {"From: c@x\r\nSubject: c\r\n", true, true, 1 << 2 | 1 << 3 | 1 << 6,
         RULE_NONE},
        /* a doubt ends it, whatever a search would say */
        {"From: c@x\r\n", false, true, 0, RULE_NONE},
        {"From: b@x\r\n", false, true, 0, RULE_NONE},
        /* elsewhere a rule with a search is not there */
        {"From: a@x\r\nSubject: d\r\n", true, false, 0, 5},
        {"From: a@x\r\n", true, false, 0, RULE_NONE},
        {"From: b@x\r\n", false, false, 0, 1},
    };
    const struct account account = {.rules = rules, .rule_count = COUNT(rules)};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct match_subject subject = {.mailbox = "Lists",
                                              .header = cases[i].header,
                                              .length = strlen(cases[i].header),
                                              .whole = cases[i].whole,
                                              .searches = cases[i].searches};
        struct match_verdict verdict = match_rule(&account, &subject);

        if (verdict.asks != cases[i].asks || verdict.rule != cases[i].rule)
            fail_msg("case %zu: %lld, %zu", i, (long long)verdict.asks,
                     verdict.rule);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(criteria),
        cmocka_unit_test(mailboxes),
        cmocka_unit_test(first_match_wins),
        cmocka_unit_test(missing_fields),
        cmocka_unit_test(said_to_be_automatic),
        cmocka_unit_test(doubt),
        cmocka_unit_test(searches),
        cmocka_unit_test(only_needed_fields_are_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
