/*
 * What data replies say, in the words of RFC 3501 and in those of servers; and
 * that nothing they say does harm.
 */
#include "chance.h"

#include <stdbool.h>
#include <string.h>

#include "base/mailbox.h"
#include "base/text.h"
#include "session/response.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* libetpan forgets to free some of what it parsed before it found an error;
 * LeakSanitizer asks here what is known. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libetpan.so\n";
}

/* The last second of the year 9999, in the westernmost zone. */
#define LAST_SECOND INT64_C(253402387199)

static struct response response;

/* Parses a copy that ends where its memory ends, for sanitizers to see. */
static void parse_bytes(const char *line, size_t length, bool whole)
{
    static char *copy;

    free(copy);
    copy = malloc(length + 1);
    assert_non_null(copy);
    memcpy(copy, line, length);
    copy[length] = '\0'; /* as a buffer does */
    const struct reply reply = {
        .kind = REPLY_DATA, .raw = copy, .length = length, .whole = whole};

    memset(&response, 0xff, sizeof response);
    response_parse(&reply, &response);
}

static void parse(const char *line)
{
    parse_bytes(line, strlen(line), true);
}

/* Says what a table's case did wrong; all of a table's are told at once. */
static void blame(unsigned *wrong, const char *line)
{
    (*wrong)++;
    print_error("%s\n", line);
}

/* ---- numbers ---- */

static void counts(void **state)
{
    static const struct {
        const char *line;
        enum response_kind kind;
        int64_t number;
        bool understood;
    } cases[] = {
        {"* 23 EXISTS\r\n", RESPONSE_EXISTS, 23, true},
        {"* 0 exists\r\n", RESPONSE_EXISTS, 0, true},
        {"* 5 RECENT\r\n", RESPONSE_RECENT, 5, true},
        {"* 44 EXPUNGE\r\n", RESPONSE_EXPUNGE, 44, true},
        {"* 4294967295 EXISTS\r\n", RESPONSE_EXISTS, 4294967295, true},
        {"* 4294967296 EXISTS\r\n", RESPONSE_EXISTS, -1, false},
        {"* 99999999999999999999 EXISTS\r\n", RESPONSE_EXISTS, -1, false},
        {"* 5 GIBBERISH\r\n", RESPONSE_OTHER, 0, false},
        {"\r\n", RESPONSE_OTHER, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        parse(cases[i].line);
        assert_int_equal(response.kind, cases[i].kind);
        assert_int_equal(response.understood, cases[i].understood);
        if (cases[i].kind != RESPONSE_OTHER)
            assert_int_equal(response.number, cases[i].number);
    }
}

static void searches(void **state)
{
    static const struct {
        const char *line;
        bool understood;
    } cases[] = {
        {"* SEARCH\r\n", true},
        {"* SEARCH \r\n", true}, /* a blank too many is sent by some */
        {"* search 2 3 6\r\n", true},
        {"* SEARCH 4294967295\n", true},
        {"* SEARCH 2 5 (MODSEQ 917162500)\r\n", true}, /* RFC 7162 */
        {"* SEARCH 0\r\n", false},
        {"* SEARCH 4294967296\r\n", false},
        {"* SEARCH 99999999999999999999\r\n", false},
        {"* SEARCH -1\r\n", false},
        {"* SEARCH 1,2\r\n", false},
        {"* SEARCH 1:5\r\n", false},
        {"* SEARCH 1x\r\n", false},
        {"* SEARCH \"1\"\r\n", false},
        {"* SEARCH 1 {1}\r\n2\r\n", false},
        {"* SEARCH 1", false}, /* without an end */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        parse(cases[i].line);
        assert_int_equal(response.kind, RESPONSE_SEARCH);
        if (response.understood != cases[i].understood)
            fail_msg("%s", cases[i].line);
    }
    parse("* SEARCHES 1\r\n");
    assert_int_equal(response.kind, RESPONSE_OTHER);
    parse("* 5 SEARCH 1\r\n");
    assert_int_equal(response.kind, RESPONSE_OTHER);
    parse_bytes("* SEARCH 1 2", 12, false);
    assert_false(response.understood);
}

static void capability_words(void **state)
{
    (void)state;
    parse("* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n");
    assert_int_equal(response.kind, RESPONSE_CAPABILITY);
    assert_true(response.understood);
    assert_non_null(strstr(response.words, "IMAP4rev1 IDLE AUTH=PLAIN"));
    parse_bytes("* CAPABILITY IMAP4rev1 ID", 25, false);
    assert_int_equal(response.kind, RESPONSE_CAPABILITY);
    assert_false(response.understood);
}

/* ---- FETCH ---- */

static void fetch_attributes(void **state)
{
    static const struct {
        const char *words;
        int64_t uid;
        bool has_flags;
        unsigned flags;
    } cases[] = {
        {"UID 5", 5, false, 0},
        {"uid 5", 5, false, 0},
        {"UID 4294967295", 4294967295, false, 0},
        {"FLAGS ()", 0, true, 0},
        {"UID 5 FLAGS ()", 5, true, 0},
        {"FLAGS (\\Seen) UID 5", 5, true, FLAG_SEEN},
        {"UID 5 FLAGS (\\sEEN \\DELETED)", 5, true, FLAG_SEEN | FLAG_DELETED},
        {"UID 5 FLAGS (\\Draft \\Recent)", 5, true, FLAG_DRAFT},
        {"UID 5 FLAGS (\\Answered \\Flagged \\Recent)", 5, true, 0},
        {"UID 5 FLAGS (Seen $Seen \\Seenish Deleted)", 5, true, 0},
        {"UID 5 FLAGS ($Forwarded NonJunk k99999999999)", 5, true, 0},
        {"UID 5 MODSEQ (624140003)", 5, false, 0},
        {"UID 5 RFC822.SIZE 44827", 5, false, 0},
        {"UID 5 BODY[HEADER.FIELDS (Received)] {6}\r\nA: b\r\n FLAGS (\\Seen)",
         5, true, FLAG_SEEN},
        {"UID 5 BODY[] {21}\r\n* 9 FETCH (UID 900)\r\n FLAGS ()", 5, true, 0},
    };
    char line[256];
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(line, sizeof line, "* 12 FETCH (%s)\r\n", cases[i].words);
        parse(line);
        assert_int_equal(response.kind, RESPONSE_FETCH);
        assert_int_equal(response.number, 12);
        assert_int_equal(response.internaldate, 0);
        if (!response.understood || response.uid != cases[i].uid ||
            response.has_flags != cases[i].has_flags ||
            response.flags != cases[i].flags)
            blame(&wrong, line);
    }
    assert_int_equal(wrong, 0);
}

/* RFC 3501 §9: date-day-fixed is two digits or a space and one; the zone is
 * hours and minutes, east of Greenwich positive. */
static void internaldate_zones(void **state)
{
    static const struct {
        const char *date;
        int64_t seconds;
    } cases[] = {
        {"17-Jul-1996 02:44:25 -0700", 837596665},
        {"25-Nov-2026 01:18:30 +0000", 1795569510},
        {"25-Nov-2026 01:18:30 -0000", 1795569510},
        {"29-Feb-2024 23:59:59 +1400", 1709200799},
        {"29-Feb-2024 23:59:59 -1200", 1709294399},
        {" 1-Jan-2020 00:00:00 +0530", 1577817000},
        {"01-Jan-2020 00:00:00 -0330", 1577849400},
        {"01-jan-2020 00:00:00 +0000", 1577836800},
        {"31-Dec-2016 23:59:60 +0000", 1483228800},
        {"31-Dec-9999 23:59:59 +0000", 253402300799},
        {" 1-Jan-1970 00:00:01 +0000", 1},
        {" 1-Jan-1970 00:00:00 -0100", 3600},
        {" 1-Jan-1970 00:00:00 +0000", 0}, /* none, as good as */
        {" 1-Jan-1970 00:00:00 +0100", 0},
        {"31-Dec-1969 23:59:59 +0000", 0},
        {"01-Jan-0000 00:00:00 +0000", 0},
    };
    char line[256];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(line, sizeof line, "* 1 FETCH (UID 5 INTERNALDATE \"%s\")\r\n",
                 cases[i].date);
        parse(line);
        assert_true(response.understood);
        assert_int_equal(response.uid, 5);
        assert_int_equal(response.internaldate, cases[i].seconds);
    }
}

/* Neither wraps nor overflows, here or where it is multiplied: either the whole
 * line is not understood, or there was no date in it. */
static void internaldate_that_cannot_be(void **state)
{
    static const char *const dates[] = {
        "99999999999-Jul-1996 02:44:25 -0700",
        "2147483647-Jul-1996 02:44:25 -0700",
        "32-Jul-1996 02:44:25 -0700",
        "00-Jul-1996 02:44:25 -0700",
        "17-Jul-99999999999 02:44:25 -0700",
        "17-Jul-2147485548 02:44:25 -0700",
        "17-Jul-10000 02:44:25 -0700",
        "17-Jul-1996 2147483647:44:25 -0700",
        "17-Jul-1996 24:44:25 -0700",
        "17-Jul-1996 02:60:25 -0700",
        "17-Jul-1996 02:44:2147483647 -0700",
        "17-Jul-1996 02:44:61 -0700",
        "17-Jul-1996 02:44:25 -99999999999999",
        "17-Jul-1996 02:44:25 +2147483647",
        "17-Jul-1996 02:44:25 +9900",
        "17-Jul-1996 02:44:25 +0160",
    };
    char line[256];
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(dates); i++) {
        snprintf(line, sizeof line, "* 1 FETCH (UID 5 INTERNALDATE \"%s\")\r\n",
                 dates[i]);
        parse(line);
        if (response.understood && response.internaldate != 0)
            blame(&wrong, dates[i]);
    }
    assert_int_equal(wrong, 0);
}

/* ... but its message number still is. */
static void fetch_that_is_not_understood(void **state)
{
    static const char *const lines[] = {
        "* 7 FETCH\r\n",
        "* 7 FETCH ()\r\n",
        "* 7 FETCH (UID 5\r\n",
        "* 7 FETCH (UID 5 FLAGS (\\Seen)\r\n",
        "* 7 FETCH (UID 5))\r\n",
        "* 7 FETCH (UID)\r\n",
        "* 7 FETCH (UID -5)\r\n",
        "* 7 FETCH (UID 4294967296)\r\n",
        "* 7 FETCH (UID 99999999999999999999)\r\n",
        "* 7 FETCH (UID 4294967301FLAGS ())\r\n",
        "* 7 FETCH (UID 5 UNHEARDOF 6)\r\n",
        "* 7 FETCH (UID 5) FETCH (UID 6)\r\n",
        "* 7 FETCH (UID 5 BODY[] {99}\r\nabc)\r\n",
    };
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        parse(lines[i]);
        assert_int_equal(response.kind, RESPONSE_FETCH);
        assert_int_equal(response.number, 7);
        if (response.understood)
            blame(&wrong, lines[i]);
    }
    assert_int_equal(wrong, 0);
}

static void reply_that_a_bound_cut(void **state)
{
    static const char *const lines[] = {
        "* 7 FETCH (UID 5)\r\n",
        "* STATUS INBOX (UIDNEXT 5)\r\n",
        "* 7 EXISTS\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        parse_bytes(lines[i], strlen(lines[i]), true);
        assert_true(response.understood);
        parse_bytes(lines[i], strlen(lines[i]), false);
        assert_false(response.understood);
    }
}

/* ---- STATUS ---- */

static void status_names(void **state)
{
    static const struct {
        const char *wire, *name;
    } cases[] = {
        {"INBOX", "INBOX"},
        {"inbox", "INBOX"},
        {"\"InBox\"", "INBOX"},
        {"{5}\r\niNBOX", "INBOX"},
        {"Sent", "Sent"},
        {"\"Sent Items\"", "Sent Items"},
        {"\"a\\\"b\\\\c\"", "a\"b\\c"},
        {"{7}\r\na\"b\\c(d", "a\"b\\c(d"},
        {"Lists/imap-protocol", "Lists/imap-protocol"},
        {"\"&AMQ-rger\"", "\xc3\x84rger"},
        {"&AMQ-rger", "\xc3\x84rger"},
        {"{9}\r\n&AMQ-rger", "\xc3\x84rger"},
        {"\"\xc3\x84rger\"", "\xc3\x84rger"}, /* Dovecot 2.3 in NOTIFY */
        {"\xc3\x84rger", "\xc3\x84rger"},
        {"{6}\r\n\xc3\x84rger", "\xc3\x84rger"},
        {"\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"",
         "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/"
         "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
        {"\"R&-D\"", "R&D"},
        {"\"R&D\"", "R&D"},
        {"NIL", "NIL"},
        {"0", "0"},
    };
    char line[256];
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(line, sizeof line,
                 "* STATUS %s (MESSAGES 231 UIDNEXT 44292 UIDVALIDITY 7)\r\n",
                 cases[i].wire);
        parse(line);
        assert_int_equal(response.kind, RESPONSE_STATUS);
        if (!response.understood ||
            strcmp(response.mailbox, cases[i].name) != 0 ||
            response.uidnext != 44292 || response.uidvalidity != 7)
            blame(&wrong, line);
    }
    assert_int_equal(wrong, 0);
}

/* ---- LIST ---- */

/* RFC 3501 section 7.2.2; with the extended data of RFC 5258 section 6, of
 * which only OLDNAME (RFC 5465 section 5.4) is of use. */
static void lists(void **state)
{
    static const struct {
        const char *line, *name, *oldname;
        char separator;
        bool selectable;
    } cases[] = {
        {"* LIST () \"/\" INBOX\r\n", "INBOX", "", '/', true},
        {"* LIST (\\HasNoChildren) \".\" \"a.b\"\r\n", "a.b", "", '.', true},
        {"* LIST (\\Noselect) \"/\" \"[Gmail]\"\r\n", "[Gmail]", "", '/',
         false},
        {"* LIST () NIL {3}\r\na b\r\n", "a b", "", '\0', true},
        {"* LIST () \"/\" Jobs (\"OLDNAME\" (Work))\r\n", "Jobs", "Work", '/',
         true},
        {"* LIST () \"/\" Jobs (OldName (\"a b\"))\r\n", "Jobs", "a b", '/',
         true},
        {"* LIST () \"/\" {6}\r\n\xc3\x84 new (\"OLDNAME\" ({6}\r\n"
         "\xc3\x84rger))\r\n", /* Dovecot 2.3 */
         "\xc3\x84 new", "\xc3\x84rger", '/', true},
        {"* LIST () \"/\" b (\"CHILDINFO\" (\"SUBSCRIBED\") \"OLDNAME\" "
         "(\"&AMQ-rger\"))\r\n",
         "b", "\xc3\x84rger", '/', true},
        {"* LIST () \"/\" \"INBOX\" (\"OLDNAME\" (\"inbox\"))\r\n", "INBOX",
         "INBOX", '/', true},
        {"* LIST () \"/\" b (\"X\" (\"OLDNAME\" (a)))\r\n", "b", "", '/', true},
        {"* LIST () \"/\" b (\"OLDNAME\" a)\r\n", "b", "", '/', true},
        {"* LIST () \"/\" b (\"OLDNAME\" ())\r\n", "b", "", '/', true},
        {"* LIST () \"/\" b (\"OLDNAME\")\r\n", "b", "", '/', true},
        {"* LIST () \"/\" b (\"OLDNAME\" (\"a\rb\"))\r\n", "b", "", '/', true},
        {"* LIST () \"/\" b ()\r\n", "b", "", '/', true},
    };
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        parse(cases[i].line);
        assert_int_equal(response.kind, RESPONSE_LIST);
        if (!response.understood ||
            strcmp(response.mailbox, cases[i].name) != 0 ||
            strcmp(response.oldname, cases[i].oldname) != 0 ||
            response.separator != cases[i].separator ||
            response.selectable != cases[i].selectable)
            blame(&wrong, cases[i].line);
    }
    assert_int_equal(wrong, 0);
}

static void list_that_is_not_understood(void **state)
{
    static const char *const lines[] = {
        "* LIST () \"/\"\r\n",
        "* LIST () \"/\" (a)\r\n",
        "* LIST () \"/\" a b\r\n",
        "* LIST () \"/\" a (\"OLDNAME\" (b)\r\n",
        "* LIST () \"/\" a \"OLDNAME\" (b)\r\n",
        "* LIST () / a\r\n",
        "* LIST () \"/\" {9}\r\na\r\n",
    };
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        parse(lines[i]);
        assert_int_equal(response.kind, RESPONSE_LIST);
        if (response.understood)
            blame(&wrong, lines[i]);
    }
    assert_int_equal(wrong, 0);
}

/* ---- STATUS that says little, or nonsense ---- */

static void status_without_anything(void **state)
{
    (void)state;
    parse("* STATUS x ()\r\n");
    assert_int_equal(response.kind, RESPONSE_STATUS);
    assert_true(response.understood);
    assert_string_equal(response.mailbox, "x");
    assert_int_equal(response.uidnext, 0);
    assert_int_equal(response.uidvalidity, 0);
    parse("* STATUS INBOX (MESSAGES 3 UNSEEN 1 RECENT 0)\r\n");
    assert_true(response.understood);
    assert_int_equal(response.uidnext, 0);
    parse("* STATUS INBOX (UIDNEXT 4294967295 HIGHESTMODSEQ 7)\r\n");
    assert_true(response.understood);
    assert_int_equal(response.uidnext, 4294967295);
}

static void status_that_is_not_understood(void **state)
{
    static const char *const lines[] = {
        "* STATUS\r\n",
        "* STATUS x\r\n",
        "* STATUS (UIDNEXT 5)\r\n",
        "* STATUS \"\" (UIDNEXT 5)\r\n",
        "* STATUS {0}\r\n (UIDNEXT 5)\r\n",
        "* STATUS \"\xff\" (UIDNEXT 5)\r\n",
        "* STATUS x (UIDNEXT)\r\n",
        "* STATUS x (UIDNEXT 4294967296)\r\n",
        "* STATUS x (UIDNEXT 4294967301UIDVALIDITY 1)\r\n",
        "* STATUS x (UIDNEXT 5\r\n",
        "* STATUS x UIDNEXT 5\r\n",
        "* STATUS {9}\r\nx (UIDNEXT 5)\r\n",
    };
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        parse(lines[i]);
        assert_int_equal(response.kind, RESPONSE_STATUS);
        if (response.understood)
            blame(&wrong, lines[i]);
    }
    assert_int_equal(wrong, 0);
}

static void status_name_at_the_limit(void **state)
{
    char line[1200];

    (void)state;
    for (int length = MAILBOX_NAME_MAX; length < MAILBOX_NAME_MAX + 2;
         length++) {
        snprintf(line, sizeof line, "* STATUS \"%0*d\" (UIDNEXT 5)\r\n", length,
                 0);
        parse(line);
        assert_int_equal(response.understood, length <= MAILBOX_NAME_MAX);
        if (response.understood)
            assert_int_equal(strlen(response.mailbox), length);
    }
}

/* ---- chance ---- */

static const char *const good[] = {
    "* 1 FETCH (UID 5 FLAGS (\\Seen $a \\*) INTERNALDATE \"17-Jul-1996 "
    "02:44:25 -0700\")\r\n",
    "* 12 FETCH (FLAGS (\\Seen) BODY[HEADER.FIELDS (FROM \"To\")]<0> {11}\r\n"
    "From: a\r\n\r\n UID 6)\r\n",
    "* 12 FETCH (ENVELOPE (\"d\" \"s\" ((NIL NIL \"a\" \"b\")) NIL NIL NIL NIL "
    "NIL NIL {3}\r\n<a>) UID 7)\r\n",
    "* 3 FETCH (BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"us-ascii\") "
    "NIL NIL \"7BIT\" 12 1)(\"TEXT\" \"HTML\" NIL NIL NIL \"7BIT\" 1 1) "
    "\"MIXED\"))\r\n",
    "* 4 FETCH (UID 9 MODSEQ (12345) RFC822.SIZE 44827 RFC822.HEADER "
    "\"a\")\r\n",
    "* 4 FETCH (UID 9 X-GM-LABELS (\\Inbox \"a\") X-GM-MSGID 5)\r\n",
    "* STATUS \"a\\\"&AMQ-b\" (MESSAGES 231 UIDNEXT 44292 UIDVALIDITY 1)\r\n",
    "* STATUS {5}\r\nINBOX (UIDNEXT 44292 HIGHESTMODSEQ 7)\r\n",
    "* STATUS x ()\r\n",
    "* LIST (\\HasNoChildren) \"/\" {4}\r\nJobs (\"OLDNAME\" (\"Work\"))\r\n",
    "* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN LOGINDISABLED\r\n",
    "* 172 EXISTS\r\n",
    "* 172 EXPUNGE\r\n",
};

/* What parsers stumble over. */
static const char *const stumbling[] = {"(",
                                        ")",
                                        "((((((((",
                                        "))))))))",
                                        "\"",
                                        "\\",
                                        "{0}\r\n",
                                        "{3}\r\nabc",
                                        "{4294967295}\r\n",
                                        "{5+}\r\n",
                                        "\r\n",
                                        "[",
                                        "]",
                                        "NIL",
                                        " ",
                                        "UID 5",
                                        "FLAGS (",
                                        "BODY[",
                                        "4294967296",
                                        "99999999999999999999",
                                        "\xff",
                                        "\xc3\x84",
                                        "&AMQ-",
                                        "INTERNALDATE",
                                        "-",
                                        "<",
                                        "BODYSTRUCTURE (",
                                        "ENVELOPE (",
                                        "0",
                                        "\\*"};

struct line {
    char bytes[1024];
    size_t length;
};

/* Puts bytes in place of count others; what does not fit is left alone. */
static void replace(struct line *line, size_t at, size_t count,
                    const char *bytes, size_t length)
{
    if (line->length - count + length > sizeof line->bytes)
        return;
    memmove(line->bytes + at + length, line->bytes + at + count,
            line->length - at - count);
    memcpy(line->bytes + at, bytes, length);
    line->length += length - count;
}

static void mutate(struct chance *chance, struct line *line)
{
    size_t at = chance_below(chance, line->length);
    size_t count = chance_below(chance, line->length - at) % 20;
    const char *word = stumbling[chance_below(chance, COUNT(stumbling))];
    const char *other = good[chance_below(chance, COUNT(good))];
    char byte = (char)chance_bits(chance), some[20];

    switch (chance_below(chance, 6)) {
    case 0:
        line->bytes[at] = byte;
        break;
    case 1:
        replace(line, at, 0, word, strlen(word));
        break;
    case 2:
        replace(line, at, count, word, strlen(word));
        break;
    case 3: /* take some out */
        if (count < line->length)
            replace(line, at, count, "", 0);
        break;
    case 4: /* say some of it twice */
        memcpy(some, line->bytes + at, count);
        replace(line, at, 0, some, count);
        break;
    default: /* go on like another line */
        replace(line, at, line->length - at, other + strlen(other) / 2,
                strlen(other + strlen(other) / 2));
    }
}

static void assert_within_bounds(void)
{
    assert_in_range(response.kind, RESPONSE_OTHER, RESPONSE_CAPABILITY);
    assert_true(response.number >= -1 && response.number <= UID_MAX);
    assert_true(response.uid >= 0 && response.uid <= UID_MAX);
    assert_true(response.uidnext >= 0 && response.uidnext <= UID_MAX);
    assert_true(response.uidvalidity >= 0 && response.uidvalidity <= UID_MAX);
    assert_true(response.internaldate >= 0 &&
                response.internaldate <= LAST_SECOND);
    assert_non_null(memchr(response.mailbox, 0, sizeof response.mailbox));
    assert_true(text_is_utf8(response.mailbox, strlen(response.mailbox)));
    if (response.kind == RESPONSE_STATUS && response.understood)
        assert_true(response.mailbox[0] != '\0');
    if (response.kind == RESPONSE_FETCH && response.understood)
        assert_true(response.number >= 0);
}

static void random_mutations_of_good_lines(void **state)
{
    struct chance chance = chance_begin();
    struct line line;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        const char *from = good[chance_below(&chance, COUNT(good))];
        size_t times = round % 2 ? 1 : 1 + chance_below(&chance, 6);

        line.length = strlen(from);
        memcpy(line.bytes, from, line.length);
        while (times-- > 0)
            mutate(&chance, &line);
        parse_bytes(line.bytes, line.length, true);
        assert_within_bounds();
    }
}

static void good_lines_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        for (size_t length = 1; length <= strlen(good[i]); length++) {
            parse_bytes(good[i], length, true);
            assert_within_bounds();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(searches),
        cmocka_unit_test(capability_words),
        cmocka_unit_test(fetch_attributes),
        cmocka_unit_test(internaldate_zones),
        cmocka_unit_test(internaldate_that_cannot_be),
        cmocka_unit_test(fetch_that_is_not_understood),
        cmocka_unit_test(reply_that_a_bound_cut),
        cmocka_unit_test(status_names),
        cmocka_unit_test(lists),
        cmocka_unit_test(list_that_is_not_understood),
        cmocka_unit_test(status_without_anything),
        cmocka_unit_test(status_that_is_not_understood),
        cmocka_unit_test(status_name_at_the_limit),
        cmocka_unit_test(good_lines_cut_at_every_byte),
        cmocka_unit_test(random_mutations_of_good_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
