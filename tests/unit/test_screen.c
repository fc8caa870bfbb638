/*
 * What must not reach the parser does not, and what a server says does.
 *
 * Each line goes through response_parse() as well: what the screen lets
 * through by mistake crashes there.
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

#include "session/response.h"
#include "session/screen.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* libetpan forgets to free some of what it parsed before it found an error;
 * LeakSanitizer asks here what is known. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libetpan.so\n";
}

/* Screens a copy that ends where its memory ends, for sanitizers to see. */
static struct screened screen_line(const char *line, size_t length)
{
    static char *copy;
    struct response response;

    free(copy);
    copy = malloc(length + 1);
    assert_non_null(copy);
    memcpy(copy, line, length);
    copy[length] = '\0'; /* as a buffer does */
    const struct reply reply = {
        .kind = REPLY_DATA, .raw = copy, .length = length, .whole = true};

    response_parse(&reply, &response);
    struct screened screened = screen(copy, length);

    assert_true(!response.understood || screened.safe);
    return screened;
}

static void assert_safe(const char *line, size_t length, bool safe)
{
    if (screen_line(line, length).safe != safe)
        fail_msg("%s: %s", safe ? "kept out" : "let through", line);
}

/* ---- what is let through ---- */

static void what_servers_say(void **state)
{
    static const struct {
        const char *line, *word;
        int64_t number;
    } cases[] = {
        {"* 0 EXISTS\r\n", "EXISTS", 0},
        {"* 4294967295 EXISTS\r\n", "EXISTS", 4294967295},
        {"* 23 exists\r\n", "EXISTS", 23},
        {"* 2 Recent\r\n", "RECENT", 2},
        {"* 5 EXPUNGE\r\n", "EXPUNGE", 5},
        {"* 5 EXPUNGE\n", "EXPUNGE", 5},
        {"*  5  EXPUNGE \r\n", "EXPUNGE", 5},
        {"* 1 FETCH (UID 5)\r\n", "FETCH", 1},
        {"* 1 FETCH (UID 4294967295 FLAGS ())\r\n", "FETCH", 1},
        {"* 00000000000000000001 FETCH (UID 00000000000000000005)\r\n", "FETCH",
         1},
        {"* STATUS INBOX (UIDNEXT 5)\r\n", "STATUS", -1},
        {"* CAPABILITY IMAP4rev1 X99999999999999999999\r\n", "CAPABILITY", -1},
        {"* capability IMAP4rev1\r\n", "CAPABILITY", -1},
        {"* SEARCH 1 2 3\r\n", "SEARCH", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct screened screened =
            screen_line(cases[i].line, strlen(cases[i].line));

        assert_true(screened.safe);
        assert_string_equal(screened.word, cases[i].word);
        assert_int_equal(screened.number, cases[i].number);
    }
}

static void first_byte_after_the_word(void **state)
{
    (void)state;
    assert_string_equal(screen_line("* CAPABILITY A B\r\n", 18).after,
                        " A B\r\n");
    assert_string_equal(screen_line("* 4 EXISTS\r\n", 12).after, "\r\n");
}

static void words_that_are_not_on_the_list(void **state)
{
    static const char *const lines[] = {
        "* SORT 1 2 3\r\n",
        "* FLAGS (\\Seen)\r\n",
        "* LSUB () \"/\" x\r\n",
        "* ESEARCH UID ALL 5\r\n",
        "* EXISTS\r\n",         /* its number is missing */
        "* FETCH (UID 5)\r\n",  /* likewise */
        "* 5 STATUS x ()\r\n",  /* has one too many */
        "* 5 CAPABILITY x\r\n", /* likewise */
        "* 5 SEARCH 1\r\n",     /* likewise */
        "* 4 EXIST\r\n",
        "* 4 EXISTSX\r\n",
        "* 4 FETCHES (UID 5)\r\n",
        "* STATU x ()\r\n",
        "* -4 EXISTS\r\n",
        "* 4x EXISTS\r\n",
        "* \r\n",
        "*\r\n",
        "\r\n",
        "\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_null(screen_line(lines[i], strlen(lines[i])).word);
}

/* A keyword (RFC 3501 §9: an atom) may end in any digits. One that begins with
 * them may be kept out: to the parser it may be a number. */
static void keyword_with_many_digits(void **state)
{
    static const char *const lines[] = {
        "* 1 FETCH (UID 5 FLAGS ($label20250102030405))\r\n",
        "* 1 FETCH (UID 5 FLAGS (a-99999999999999999999))\r\n",
        "* 1 FETCH (UID 5 FLAGS ($4294967296.4294967296 \\Seen))\r\n",
        "* 1 FETCH (UID 5 FLAGS (20251125 2025-11-25))\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_safe(lines[i], strlen(lines[i]), true);
}

/* Nothing inside a string counts: a subject may hold anything. */
static void strings_hold_anything(void **state)
{
    static const char *const lines[] = {
        "* STATUS \"((((((((((((((((((((\" (UIDNEXT 5)\r\n",
        "* STATUS \"))))\" (UIDNEXT 5)\r\n",
        "* STATUS \"99999999999\" (UIDNEXT 5)\r\n",
        "* STATUS \"a\\\"((((((((((((((((((\\\\\" (UIDNEXT 5)\r\n",
        "* STATUS \"{99999999999}\" (UIDNEXT 5)\r\n",
        "* STATUS {18}\r\n(((((((((((((((((( (UIDNEXT 5)\r\n",
        "* STATUS {11}\r\n99999999999 (UIDNEXT 5)\r\n",
        "* STATUS {0}\r\n (UIDNEXT 5)\r\n",
        "* STATUS {1}\r\n\" (UIDNEXT 5)\r\n",
        "* STATUS {5}\nINBOX (UIDNEXT 5)\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_safe(lines[i], strlen(lines[i]), true);
}

/* ---- what is kept out ---- */

static void lines_that_crash_the_parser(void **state)
{
    static const char *const lines[] = {
        "* OK [BADCHARSET (abc)] hi\r\n",
        "* NO [BADCHARSET (abc)] hi\r\n",
        "* OK [PERMANENTFLAGS (\r\n",
        "* OK [PERMANENTFLAGS (\\Seen)] ok\r\n",
        "* PERMANENTFLAGS (\r\n",
        "* NAMESPACE ((\"NI\r\n",
        "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n",
        "* nAmEsPaCe ((\"NI\r\n",
        "* ANNOTATION \"x\" \"/comment\" (\"value\r\n",
        "* AnNOTATION \"x\" \"/comment\" (\"value\r\n",
        "* 1 ANNOTATION \"x\" \"/comment\" (\"value\r\n",
        "* 1 FETCH (BODYSTRUCTURE (((((((((((((((((\r\n",
        "* 1 FETCH (BODYSTRUCTURE ((((((((((((((((()))))))))))))))))\r\n",
        "* 1 FETCH (UID 5\r\n",
        "* 1 FETCH (UID 5))\r\n",
        "* 1 FETCH (UID \"5)\r\n",
        "* 1 FETCH (UID {9}\r\n5)\r\n",
        "* 1 FETCH (UID {5\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_safe(lines[i], strlen(lines[i]), false);
}

/* The parser takes them modulo 2^32. */
static void numbers_past_32_bits(void **state)
{
    static const char *const lines[] = {
        "* 4294967296 EXISTS\r\n",
        "* 99999999999999999999 EXISTS\r\n",
        "* 18446744073709551617 EXPUNGE\r\n",
        "* 4294967297 FETCH (UID 5)\r\n",
        "* 1 FETCH (UID 4294967296)\r\n",
        "* 1 FETCH (UID 4294967301 FLAGS ())\r\n",
        "* 1 FETCH (FLAGS () UID 99999999999999999999)\r\n",
        "* STATUS INBOX (UIDNEXT 4294967301)\r\n",
        "* STATUS INBOX (UIDNEXT\t4294967301)\r\n",
        "* STATUS INBOX (UIDVALIDITY 18446744073709551617)\r\n",
        "* STATUS {5}\r\nINBOX (UIDNEXT 4294967301)\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_safe(lines[i], strlen(lines[i]), false);
        assert_true(screen_line(lines[i], strlen(lines[i])).number <=
                    4294967295);
    }
}

static void nul_bytes(void **state)
{
    static const char line[] = "* 1 FETCH (UID 5 FLAGS (\\Seen) UID 6)\r\n";
    char copy[sizeof line];

    (void)state;
    assert_safe(line, sizeof line - 1, true);
    for (size_t i = 0; i < sizeof line - 1; i++) {
        memcpy(copy, line, sizeof line);
        copy[i] = '\0';
        if (screen_line(copy, sizeof line - 1).safe && i > 0)
            fail_msg("NUL at %zu", i);
    }
}

static void nesting_at_the_limit(void **state)
{
    char line[128] = "* 1 FETCH ";
    size_t head = strlen(line);

    (void)state;
    for (size_t depth = 1; depth < 40; depth++) {
        memset(line + head, '(', depth);
        memset(line + head + depth, ')', depth);
        strcpy(line + head + 2 * depth, "\r\n");
        assert_safe(line, strlen(line), depth <= SCREEN_NESTING_MAX);
    }
}

/* Only "{123}" at a line's end begins a literal (RFC 3501 §9), and so the
 * reader frames it. What only looks like one hides nothing. */
static void brace_that_is_no_literal_hides_nothing(void **state)
{
    static const char *const lines[] = {
        "* 1 FETCH (X {0}(((((((((((((((((((( {1}\r\nA)\r\n",
        "* 1 FETCH (X {0} UID 4294967301 {1}\r\nA)\r\n",
        "* 1 FETCH (X {1} \" {1}\r\nA)\r\n",
        "* 1 FETCH (UID 5) {0}((((((((((((((((((((\r\n",
        "* 1 FETCH (X {(((((((((((((((((((())))))))))))))))))))))\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_safe(lines[i], strlen(lines[i]), false);
}

/* To the reader "{1+}" is a literal as well; it must be the same here. */
static void literal_with_a_plus_hides_nothing(void **state)
{
    static const char *const lines[] = {
        "* 1 FETCH (X {1+}\r\n\" Y ((((((((((((((((((((\" )\r\n",
        "* 1 FETCH (X {1+}\r\n\" UID 4294967301 Y \"4\")\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_safe(lines[i], strlen(lines[i]), false);
}

/* The parser takes a space for granted where there is none. */
static void number_that_runs_into_a_word(void **state)
{
    static const char *const lines[] = {
        "* 1 FETCH (UID 4294967301FLAGS ())\r\n",
        "* 1 FETCH (UID 4294967301FLAGS (\\Seen))\r\n",
        "* 1 FETCH (FLAGS ()UID 4294967301)\r\n",
        "* STATUS INBOX (UIDNEXT 4294967301UIDVALIDITY 5)\r\n",
        "* STATUS INBOX (UIDVALIDITY 5 UIDNEXT 4294967301X)\r\n",
        "* 4294967301EXISTS\r\n",
    };
    struct response response;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        const struct reply reply = {.kind = REPLY_DATA,
                                    .raw = lines[i],
                                    .length = strlen(lines[i]),
                                    .whole = true};

        response_parse(&reply, &response);
        if (response.understood)
            fail_msg("understood: %s", lines[i]);
    }
}

/* ---- cut anywhere ---- */

static void lines_cut_at_every_byte(void **state)
{
    static const char *const lines[] = {
        "* 1 FETCH (UID 5 FLAGS (\\Seen $a (b) \\*) INTERNALDATE \"17-Jul-1996 "
        "02:44:25 -0700\" BODY[HEADER.FIELDS (FROM \"To\")]<0> {11}\r\nFrom: "
        "a\r\n\r\n)\r\n",
        "* 12 FETCH (ENVELOPE (\"d\" \"s\" ((NIL NIL \"a\" \"b\")) NIL NIL NIL "
        "NIL NIL NIL {3}\r\n<a>) BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" "
        "(\"CHARSET\""
        " \"us-ascii\") NIL NIL \"7BIT\" 12 1)(\"TEXT\" \"HTML\" NIL NIL NIL "
        "\"7BIT\" 1 1) \"MIXED\"))\r\n",
        "* STATUS \"a\\\"b\" (MESSAGES 231 UIDNEXT 44292 UIDVALIDITY 1)\r\n",
        "* STATUS {5}\r\nINBOX (UIDNEXT 44292)\r\n",
        "* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n",
        "* 172 EXISTS\r\n",
        "* OK [PERMANENTFLAGS (\\Deleted \\*)] Limited\r\n",
        "* NAMESPACE ((\"\" \"/\")) NIL ((\"#shared/\" \"/\"))\r\n",
        "* ANNOTATION \"INBOX\" \"/comment\" (\"value.priv\" \"My\")\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        for (size_t length = 1; length <= strlen(lines[i]); length++)
            screen_line(lines[i], length);
    }
    /* The first two are good; none of their beginnings is. */
    for (size_t i = 0; i < 2; i++) {
        size_t whole = strlen(lines[i]), head = strcspn(lines[i], "(") + 1;

        assert_safe(lines[i], whole, true);
        for (size_t length = head; length < whole - 2; length++)
            assert_safe(lines[i], length, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_servers_say),
        cmocka_unit_test(first_byte_after_the_word),
        cmocka_unit_test(words_that_are_not_on_the_list),
        cmocka_unit_test(keyword_with_many_digits),
        cmocka_unit_test(strings_hold_anything),
        cmocka_unit_test(lines_that_crash_the_parser),
        cmocka_unit_test(numbers_past_32_bits),
        cmocka_unit_test(nul_bytes),
        cmocka_unit_test(nesting_at_the_limit),
        cmocka_unit_test(brace_that_is_no_literal_hides_nothing),
        cmocka_unit_test(literal_with_a_plus_hides_nothing),
        cmocka_unit_test(number_that_runs_into_a_word),
        cmocka_unit_test(lines_cut_at_every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
