/*
 * What a header says, in the words of RFC 5322 and RFC 2047 and in those of
 * programs that never read them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sandbox.h"
#include "chance.h"
#include "session/charset.h"
#include "session/header.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define MOST 4096

static struct buffer text = {.maximum = MOST};

struct text_case {
    const char *body, *text;
};

static void assert_texts(const struct text_case *cases, size_t count)
{
    unsigned wrong = 0;

    for (size_t i = 0; i < count; i++) {
        const char *body = cases[i].body;

        header_text(body, body + strlen(body), &text);
        if (strcmp(text.data, cases[i].text) != 0) {
            print_error("\"%s\": \"%s\"\n", body, text.data);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void folded_and_padded(void **state)
{
    static const struct text_case cases[] = {
        {" Hello\r\n", "Hello"},
        {"Hello", "Hello"},
        {" one\r\n two\r\n\tthree\r\n", "one two three"},
        {" one  \t two \r\n", "one two"},
        {" \r\n", ""},
        {" \r\n \r\n", ""},
        {"", ""},
        {"\n one\n two\n", "one two"}, /* without carriage returns */
    };

    (void)state;
    assert_texts(cases, COUNT(cases));
}

static void encoded_words(void **state)
{
    static const struct text_case cases[] = {
        /* RFC 2047 section 8 */
        {" =?ISO-8859-1?Q?a?=\r\n", "a"},
        {" =?ISO-8859-1?Q?a?= b\r\n", "a b"},
        {" =?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=\r\n", "ab"},
        {" =?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=\r\n", "ab"},
        {" =?ISO-8859-1?Q?a?=\r\n  =?ISO-8859-1?Q?b?=\r\n", "ab"},
        {" =?ISO-8859-1?Q?a_b?=\r\n", "a b"},
        {" =?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>",
         "Keld J\xc3\xb8rn Simonsen <keld@dkuug.dk>"},
        /* the other ways to write it */
        {" =?utf-8?B?w4RyZ2Vy?=\r\n", "\xc3\x84rger"},
        {" =?UTF-8*de?q?=C3=84rger?= x\r\n", "\xc3\x84rger x"},
        {" x =?utf-8?B?w4Q=?= y\r\n", "x \xc3\x84 y"},
        {" Re:=?utf-8?Q?=C3=84?=!\r\n", "Re:\xc3\x84!"}, /* no blanks */
        {" =?utf-8?Q?=c3=a4?=", "\xc3\xa4"},             /* lower case */
        {" =?utf-8?B?w4Q?=", "\xc3\x84"},                /* no padding */
        {" =?utf-8?B?w4 Q=?=", "=?utf-8?B?w4 Q=?="},
        {" =?utf-8?Q?_?= x =?utf-8?Q?_?=", "x"},
        /* a character cut in two (seen from many programs) */
        {" =?utf-8?Q?=C3?=\r\n =?utf-8?Q?=84rger?=", "\xc3\x84rger"},
        {" =?utf-8?B?w4RyZ2XD?= =?UTF-8?B?hA==?=", "\xc3\x84rge\xc3\x84"},
    };

    (void)state;
    assert_texts(cases, COUNT(cases));
}

static void character_sets(void **state)
{
    static const struct text_case cases[] = {
        {"=?iso-8859-1?Q?=C4?=", "\xc3\x84"},
        {"=?iso-8859-15?Q?=A4=C4?=", "\xe2\x82\xac\xc3\x84"},
        {"=?windows-1252?Q?=80=93?=", "\xe2\x82\xac\xe2\x80\x9c"},
        {"=?iso-8859-1?Q?=93x=94?=", "\xe2\x80\x9cx\xe2\x80\x9d"},
        {"=?us-ascii?Q?plain?=", "plain"},
        {"=?utf-8?Q?a=C3?= b", "a? b"},
    };

    (void)state;
    assert_texts(cases, COUNT(cases));
}

/* What glibc converts, from files that are not on every machine. */
static void character_sets_of_others(void **state)
{
    static const struct text_case cases[] = {
        {"=?koi8-r?Q?=F0=D2=C9?=", "\xd0\x9f\xd1\x80\xd0\xb8"},
        {"=?iso-8859-2?Q?=A3?=", "\xc5\x81"},
        /* RFC 2047 section 8 */
        {" =?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=\r\n", "a b"},
        {"=?windows-1251?B?z/Do?=", "\xd0\x9f\xd1\x80\xd0\xb8"},
        {"=?gb2312?B?xOO6ww==?=", "\xe4\xbd\xa0\xe5\xa5\xbd"},
        {"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "\xe6\x97\xa5\xe6\x9c\xac"},
        {"=?shift_jis?B?k/qWew==?=", "\xe6\x97\xa5\xe6\x9c\xac"},
        {"=?ks_c_5601-1987?B?x9GxuQ==?=", "\xed\x95\x9c\xea\xb5\xad"},
        /* half a character, and none */
        {"=?gb2312?B?xOO6?=", "\xe4\xbd\xa0?"},
        {"=?euc-jp?Q?=FF=FFa?=", "??a"},
    };

    (void)state;
    if (!charset_is_known("big5", 4))
        skip();
    assert_texts(cases, COUNT(cases));
}

/* Left as they stand. */
static void not_quite_encoded_words(void **state)
{
    static const char *const bodies[] = {
        "=?utf-8?X?abc?=",
        "=?utf-8?Q?abc",
        "=?utf-8?Q?a b?=",
        "=?",
        "=?=",
        "=?utf-8?=",
        "=?utf-8?Q?=",
        "=?utf-8?Q?",
        "=?utf-8??abc?=",
        "=?x-nowhere?Q?a?=",
        "=?utf-7?Q?a?=",
        "=??Q?a?=",
        "=?iso-2022-cn-ext?Q?a?=", /* of no honest mail, and with a history */
        "=?utf-8//TRANSLIT?Q?a?=",
        "=?../../x?Q?a?=",
    };
    struct text_case cases[COUNT(bodies)];

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++)
        cases[i] = (struct text_case){bodies[i], bodies[i]};
    assert_texts(cases, COUNT(cases));
}

/* Neither a terminal nor a log should get these as they are; a NUL hides
 * nothing. */
static void control_characters(void **state)
{
    static const struct text_case cases[] = {
        {" a\x01"
         "b\xff\r\n",
         "a?b?"},
        {"=?utf-8?Q?a=00b=0Ac=1B?=", "a?b?c?"},
        {"=?utf-8?Q?=3D?=3D?=", "=3D?="},
    };
    static const char nul[] = "a\0b";

    (void)state;
    assert_texts(cases, COUNT(cases));
    header_text(nul, nul + 3, &text);
    assert_string_equal(text.data, "a?b");
}

static void text_at_the_maximum(void **state)
{
    char body[3 * MOST];

    (void)state;
    memset(body, 'x', sizeof body);
    header_text(body, body + sizeof body, &text);
    assert_int_equal(strlen(text.data), MOST);
    header_text(body, body + 5, &text);
    assert_string_equal(text.data, "xxxxx");
}

static void fields_one_by_one(void **state)
{
    static const char header[] = "From: a\r\nSubject: b\r\n c\r\nrubbish\r\n"
                                 ": none\r\nTo : d\nX:";
    const char *at = header, *end = header + sizeof header - 1, *body, *name;
    static const char *const wanted[] = {"From", "Subject", "To", "X"};
    static const char *const bodies[] = {"a", "b c", "d", ""};
    size_t length, count = 0;

    (void)state;
    while ((name = header_next(&at, end, &length, &body)) != NULL) {
        assert_true(count < COUNT(wanted));
        assert_int_equal(length, strlen(wanted[count]));
        assert_memory_equal(name, wanted[count], length);
        header_text(body, at, &text);
        assert_string_equal(text.data, bodies[count++]);
    }
    assert_int_equal(count, COUNT(wanted));
}

static const struct {
    const char *body, *found[4];
} entries[] = {
    {"", {NULL}},
    {" \r\n", {NULL}},
    {" a@b\r\n", {"a@b"}},
    {" Alice <a@b>", {"a@b"}},
    {" Alice\r\n <a@b>,\r\n c@d\r\n", {"a@b", "c@d"}},
    {"\"Doe, <J>\" <j@d>, x@y", {"j@d", "x@y"}},
    {"\"a \\\" <b>, \" <j@d>", {"j@d"}},
    {"<>", {""}},
    {"a@b,", {"a@b"}},
    {",a@b", {"", "a@b"}},
    /* RFC 5322 appendices A.5 and A.6; what cron and the like still send */
    {"root@box (Cron Daemon)", {"root@box"}},
    {"(a (b) \\) c, d) x@y (e)", {"x@y"}},
    {"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
     {"pete@silly.test"}},
    {"Joe Q. Public <john . q . public@example.com>",
     {"john.q.public@example.com"}},
    {"A Group:Ed Jones <joe@where.test>,john@one.test;, x@y",
     {"joe@where.test", "john@one.test", "", "x@y"}},
    {"undisclosed-recipients:;", {""}},
    {"<@a.test,@b.test:c@d>", {"@a.test", "c@d"}},
    {"x@[IPv6:2001:db8::1]", {"x@[IPv6:2001:db8::1]"}},
    {"\"a b\"@c", {"a b@c"}},
    /* a name that would be an address, if it were decoded first */
    {"=?utf-8?Q?boss=40work=2C_=3Cboss=40work=3E?= <eve@x>", {"eve@x"}},
    {"boss@work <eve@x> boss@work", {"eve@x"}},
    /* List-Id (RFC 2919) */
    {"Debian <debian.lists.example>", {"debian.lists.example"}},
    {"talk, and more <talk.example>", {"talk", "talk.example"}},
    {"talk.example", {"talk.example"}},
    /* without an end */
    {"<a", {"a"}},
    {"\"a", {"a"}},
    {"(a", {""}},
    {"a\\", {"a\\"}},
    {"\"a\\", {"a\\"}},
    {"(a\\", {""}},
};

static void addresses(void **state)
{
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(entries); i++) {
        const char *at = entries[i].body, *end = at + strlen(at);
        size_t count = 0;

        while (header_address(&at, end, &text)) {
            if (count == 4 || !entries[i].found[count] ||
                strcmp(text.data, entries[i].found[count]) != 0) {
                print_error("%s: \"%s\"\n", entries[i].body, text.data);
                wrong++;
                break;
            }
            count++;
        }
        if (count < 4 && entries[i].found[count]) {
            print_error("%s: no %s\n", entries[i].body,
                        entries[i].found[count]);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Converters are files that are loaded when they are needed: a session does
 * that behind its locked door. */
static int convert_in_the_sandbox(void)
{
    static const char body[] = "=?koi8-r?Q?=F0?= =?big5?B?p0E=?=";

    sandbox_every_process();
    sandbox_stranger(&(struct sandbox){0});
    header_text(body, body + sizeof body - 1, &text);
    return strcmp(text.data, "\xd0\x9f\xe4\xbd\xa0") == 0 ? 0 : 1;
}

static void conversion_in_the_sandbox(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0) /* which has loaded nothing yet */
        _exit(convert_in_the_sandbox());
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!charset_is_known("big5", 4))
        skip();
    assert_int_equal(status, 0);
}

/* Whatever a stranger writes, nothing is read or written beyond its end, and
 * what comes out is fit for a log. */
static void random_headers(void **state)
{
    static const char *const pieces[] = {
        "From:", "Subject: ",   "=?utf-8?Q?",
        "?=",    "=?utf-8?B?",  "\r\n",
        " ",     "<",           ">",
        "\"",    ",",           "=C3",
        "\xff",  "List-Id",     ":",
        "=?",    "*",           "\n",
        "(",     ")",           "\\",
        ";",     "[",           "AAAA",
        "?Q?",   "=?gb2312?B?", "=?iso-2022-jp?Q?=1B$B",
        "=1B",   "=?koi8-r?Q?"};
    struct chance chance = chance_begin();

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char bytes[4096];
        size_t length = 0, size;

        for (size_t n = chance_below(&chance, 60); n > 0; n--) {
            const char *piece = pieces[chance_below(&chance, COUNT(pieces))];

            memcpy(bytes + length, piece, strlen(piece));
            length += strlen(piece);
        }
        char *exact = malloc(length ? length : 1); /* sanitizers see its end */
        const char *at = exact, *body;

        assert_non_null(exact);
        memcpy(exact, bytes, length);
        while (header_next(&at, exact + length, &size, &body)) {
            header_text(body, at, &text);
            assert_true(strlen(text.data) <= MOST);
            for (const char *c = text.data; *c; c++)
                assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
            while (header_address(&body, at, &text))
                assert_true(strlen(text.data) <= MOST);
        }
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversion_in_the_sandbox),
        cmocka_unit_test(folded_and_padded),
        cmocka_unit_test(encoded_words),
        cmocka_unit_test(character_sets),
        cmocka_unit_test(character_sets_of_others),
        cmocka_unit_test(not_quite_encoded_words),
        cmocka_unit_test(control_characters),
        cmocka_unit_test(text_at_the_maximum),
        cmocka_unit_test(fields_one_by_one),
        cmocka_unit_test(addresses),
        cmocka_unit_test(random_headers),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    buffer_finish(&text);
    return failed;
}
