/*
 * Mailbox names on the wire (RFC 3501 §5.1.3).
 */
#include "chance.h"

#include <stdbool.h>
#include <string.h>

#include "base/mailbox.h"
#include "base/text.h"
#include "session/utf7.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define TAIPEI "\xe5\x8f\xb0\xe5\x8c\x97"
#define NIHONGO "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"

/* Good names, and how they are sent; the RFC's own examples first. */
static const struct {
    const char *name, *wire;
} pairs[] = {
    {"~peter/mail/" TAIPEI "/" NIHONGO, "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
    {TAIPEI NIHONGO, "&U,BTF2XlZyyKng-"},
    {"\xe2\x98\xba!", "&Jjo-!"},
    {"INBOX", "INBOX"},
    {"Sent Items", "Sent Items"},
    {"R&D", "R&-D"},
    {"&", "&-"},
    {"&&-", "&-&--"},
    {"-", "-"},
    {"a+b,c/d", "a+b,c/d"},
    {"~", "~"},
    {"Entw\xc3\xbcrfe", "Entw&APw-rfe"},
    {"\xc3\x84&\xc3\x84", "&AMQ-&-&AMQ-"},
    {"\xc3\x84-", "&AMQ--"},
    {"\xc2\x80", "&AIA-"},
    {"\xe2\x82\xac", "&IKw-"},
    {"\xef\xbf\xbf", "&,,8-"},
    {"\xed\x9f\xbf\xee\x80\x80", "&1,,gAA-"}, /* around the surrogates */
    {"\xf0\x9f\x98\x80", "&2D3eAA-"},         /* U+1F600 */
    {"\xf0\x90\x80\x80", "&2ADcAA-"},         /* U+10000, the first pair */
    {"\xf4\x8f\xbf\xbf", "&2,,f,w-"},         /* U+10FFFF, the last */
    {"a\xf0\x9f\x98\x80\xc3\x84z", "a&2D3eAADE-z"},
};

static void good_names_are_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        char *quoted = utf7_quoted(pairs[i].name);
        size_t length = strlen(quoted);

        assert_true(length >= 2);
        assert_int_equal(quoted[0], '"');
        assert_int_equal(quoted[length - 1], '"');
        quoted[length - 1] = '\0';
        assert_string_equal(quoted + 1, pairs[i].wire);
        free(quoted);
    }
}

static void good_names_are_understood(void **state)
{
    char name[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        assert_true(utf7_decode(pairs[i].wire, name, sizeof name));
        assert_string_equal(name, pairs[i].name);
    }
}

static void quotes_and_backslashes_are_escaped(void **state)
{
    char *quoted = utf7_quoted("a\"b\\c\xc3\x84\"");

    (void)state;
    assert_string_equal(quoted, "\"a\\\"b\\\\c&AMQ-\\\"\"");
    free(quoted);
    quoted = utf7_quoted("");
    assert_string_equal(quoted, "\"\"");
    free(quoted);
}

static void inbox_in_any_case(void **state)
{
    static const struct {
        const char *wire, *name;
    } cases[] = {
        {"inbox", "INBOX"},           {"InBoX", "INBOX"},
        {"INBOX", "INBOX"},           {"inbox/x", "inbox/x"},
        {"xinbox", "xinbox"},         {"INBOXES", "INBOXES"},
        {"Inbox.Sent", "Inbox.Sent"},
    };
    char name[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(utf7_decode(cases[i].wire, name, sizeof name));
        assert_string_equal(name, cases[i].name);
    }
}

/* Dovecot 2.3 sends UTF-8 as it is in NOTIFY. */
static void raw_utf8_is_taken_as_it_is(void **state)
{
    static const char *const names[] = {
        "\xc3\x84rger", TAIPEI,          "\xf0\x9f\x98\x80",
        "R&D \xc3\x84", "&AMQ-\xc3\x84", /* one half or the other: not both */
    };
    char name[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_true(utf7_decode(names[i], name, sizeof name));
        assert_string_equal(name, names[i]);
    }
}

static void forms_that_are_no_utf7_are_taken_as_they_are(void **state)
{
    static const char *const names[] = {
        "&",                 /* cut */
        "&AMQ",              /* not shifted back */
        "a&b",               /* as above */
        "R&D-",              /* no sixteen bits */
        "&A-",               /* likewise */
        "&AA-",              /* likewise */
        "&AMQA-",            /* six bits too many */
        "&AMQAA-",           /* twelve too many */
        "&AMR-",             /* bits after the character that are not zero */
        "&AM/-",             /* base64, but not the modified one */
        "&AMQ=-",            /* padding */
        "&AM Q-",   "&2D0-", /* half a pair */
        "&3gA-",             /* its second half alone */
        "&2D3YPQ-",          /* twice its first half */
        "&2D0AxA-",          /* its first half and a letter */
        "&AAA-",             /* NUL */
        "&AAo-",             /* a line feed */
    };
    char name[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_true(utf7_decode(names[i], name, sizeof name));
        assert_string_equal(name, names[i]);
    }
}

/* RFC 3501 §5.1.3 says of the first two that they are not valid, and that
 * base64 "MUST NOT be used to represent any printing US-ASCII character". If
 * they were taken for other names, two mailboxes would have one cursor. */
static void forms_that_are_not_permitted_are_no_other_names(void **state)
{
    static const char *const names[] = {
        "&Jjo!", "&U,BTFw-&ZeVnLIqe-", "&AEE-", "&AEkATgBCAE8AWA-",
        "&ACY-", "&AMQAQQ-",
    };
    char name[1024];
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_true(utf7_decode(names[i], name, sizeof name));
        if (strcmp(name, names[i]) != 0) {
            print_error("%s is taken for %s\n", names[i], name);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void names_that_are_nothing_at_all(void **state)
{
    char name[1024];

    (void)state;
    assert_false(utf7_decode("", name, sizeof name));
    assert_false(utf7_decode("\xff", name, sizeof name));
    assert_false(utf7_decode("caf\xe9", name, sizeof name));
    assert_false(utf7_decode("&AMQ-\xe9", name, sizeof name));
    assert_false(utf7_decode("\xed\xa0\x80", name, sizeof name));
}

static void names_at_the_limit(void **state)
{
    char wire[8 * MAILBOX_NAME_MAX], name[2 * MAILBOX_NAME_MAX];

    (void)state;
    memset(wire, 'x', sizeof wire);
    wire[MAILBOX_NAME_MAX] = '\0';
    assert_true(utf7_decode(wire, name, sizeof name));
    assert_string_equal(name, wire);
    assert_true(utf7_decode(wire, name, MAILBOX_NAME_MAX + 1));
    assert_false(utf7_decode(wire, name, MAILBOX_NAME_MAX));
    wire[MAILBOX_NAME_MAX] = 'x';
    wire[MAILBOX_NAME_MAX + 1] = '\0';
    assert_false(utf7_decode(wire, name, sizeof name));
    wire[MAILBOX_NAME_MAX + 1] = 'x';
    wire[sizeof wire - 1] = '\0';
    assert_false(utf7_decode(wire, name, sizeof name));
    /* the limit is one of UTF-8, not of what is on the wire */
    for (int times = 55; times < 57; times++) {
        strcpy(wire, "&");
        for (int i = 0; i < times; i++)
            strcat(wire, "AMQAxADEAMQAxADEAMQAxADE"); /* nine, of two bytes */
        strcat(wire, "-");
        assert_int_equal(utf7_decode(wire, name, sizeof name), times == 55);
    }
}

/* Any name that the configuration may hold: no control characters. */
static size_t random_name(struct chance *chance, char *name, size_t max)
{
    size_t length = 0, wish = 1 + chance_below(chance, max);

    while (length < wish) {
        static const uint32_t below[] = {0x60, 0x800, 0x10000, 0x110000};
        uint32_t point = (uint32_t)chance_below(
            chance, below[chance_below(chance, COUNT(below))]);
        char bytes[5] = {(char)point};

        point = point < 0x20 ? point + 0x40 : point;
        if (point < 0x80) {
            bytes[0] = (char)(point == 0x7f ? '&' : point);
        } else if (point < 0x800) {
            bytes[0] = (char)(0xc0 | point >> 6);
            bytes[1] = (char)(0x80 | (point & 0x3f));
        } else if (point < 0x10000) {
            bytes[0] = (char)(0xe0 | point >> 12);
            bytes[1] = (char)(0x80 | (point >> 6 & 0x3f));
            bytes[2] = (char)(0x80 | (point & 0x3f));
        } else {
            bytes[0] = (char)(0xf0 | point >> 18);
            bytes[1] = (char)(0x80 | (point >> 12 & 0x3f));
            bytes[2] = (char)(0x80 | (point >> 6 & 0x3f));
            bytes[3] = (char)(0x80 | (point & 0x3f));
        }
        size_t size = strlen(bytes);

        if (!text_is_utf8(bytes, size)) /* a surrogate */
            continue;
        if (length + size > max)
            break;
        memcpy(name + length, bytes, size);
        length += size;
    }
    name[length] = '\0';
    return length;
}

/* What a server reads: a quoted string, its escapes taken away. */
static char *unquote(const char *quoted)
{
    char *wire = malloc(strlen(quoted)), *at = wire;

    assert_non_null(wire);
    for (quoted++; *quoted != '"'; quoted++) {
        if (*quoted == '\\')
            quoted++;
        assert_in_range(*quoted, 0x20, 0x7e);
        *at++ = *quoted;
    }
    assert_int_equal(quoted[1], '\0');
    *at = '\0';
    return wire;
}

static void random_names_there_and_back(void **state)
{
    struct chance chance = chance_begin();
    char name[MAILBOX_NAME_MAX + 1], again[1024];

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t most = round % 10 ? 12 : MAILBOX_NAME_MAX;

        if (random_name(&chance, name, most) == 0)
            continue;
        char *quoted = utf7_quoted(name), *wire = unquote(quoted);

        assert_true(utf7_decode(wire, again, sizeof again));
        assert_string_equal(again, name);
        free(quoted);
        free(wire);
    }
}

/* Whatever a server sends: a name, or none. */
static void random_bytes_on_the_wire(void **state)
{
    static const char alphabet[] = "&&&--AMQ2D3eU,Zg+/ \xc3\x84\xff\x01";
    struct chance chance = chance_begin();
    char wire[40], name[64];

    (void)state;
    for (int round = 0; round < 200000; round++) {
        size_t length = chance_below(&chance, sizeof wire);

        for (size_t i = 0; i < length; i++)
            wire[i] = alphabet[chance_below(&chance, sizeof alphabet - 1)];
        wire[length] = '\0';
        if (utf7_decode(wire, name, sizeof name)) {
            assert_true(name[0] != '\0');
            assert_true(text_is_utf8(name, strlen(name)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_names_are_sent),
        cmocka_unit_test(good_names_are_understood),
        cmocka_unit_test(quotes_and_backslashes_are_escaped),
        cmocka_unit_test(inbox_in_any_case),
        cmocka_unit_test(raw_utf8_is_taken_as_it_is),
        cmocka_unit_test(forms_that_are_no_utf7_are_taken_as_they_are),
        cmocka_unit_test(forms_that_are_not_permitted_are_no_other_names),
        cmocka_unit_test(names_that_are_nothing_at_all),
        cmocka_unit_test(names_at_the_limit),
        cmocka_unit_test(random_names_there_and_back),
        cmocka_unit_test(random_bytes_on_the_wire),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
