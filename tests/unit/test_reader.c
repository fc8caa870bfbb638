/*
 * Whatever bytes a server sends, and however they come, each reply is read as
 * a whole and the next one begins where it should.
 *
 * A process plays the server. It sends each case twice: at once, and a byte at
 * a time over a socket that keeps the bytes apart.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "session/reader.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- a server ---- */

static pid_t server;
static struct stream stream;
static struct reader reader;
static struct reply reply;
static struct error err;

enum pieces { AT_ONCE, BYTE_BY_BYTE, SLOWLY };

static _Noreturn void serve(int fd, const char *bytes, size_t length,
                            enum pieces pieces, bool stay)
{
    while (length > 0) {
        ssize_t sent =
            send(fd, bytes, pieces == AT_ONCE ? length : 1, MSG_NOSIGNAL);

        if (sent < 0)
            _exit(0);
        bytes += sent;
        length -= (size_t)sent;
        if (pieces == SLOWLY)
            usleep(20000);
    }
    while (stay)
        pause();
    _exit(0);
}

/* Starts a server that sends these bytes and then hangs up, unless it stays. */
static void begin(const char *bytes, size_t length, enum pieces pieces,
                  bool stay)
{
    int fds[2], type = pieces == AT_ONCE ? SOCK_STREAM : SOCK_SEQPACKET;

    assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds), 0);
    server = fork();
    assert_true(server >= 0);
    if (server == 0) {
        close(fds[0]);
        serve(fds[1], bytes, length, pieces, stay);
    }
    close(fds[1]);
    assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    stream_init(&stream, fds[0], -1);
    stream_set_patience(&stream, 20000);
    reader_init(&reader, &stream);
    err = (struct error){0};
}

static void end(void)
{
    reader_finish(&reader);
    stream_finish(&stream);
    kill(server, SIGKILL);
    assert_int_equal(waitpid(server, NULL, 0), server);
}

static void next(void)
{
    if (reader_next(&reader, &reply, &err) < 0)
        fail_msg("%s", err.text);
}

static void assert_raw(const char *bytes, size_t length)
{
    assert_int_equal(reply.kind, REPLY_DATA);
    assert_int_equal(reply.length, length);
    assert_memory_equal(reply.raw, bytes, length);
}

/* What follows each case: it must be found, and then the end. */
#define AFTER "* 777 EXISTS\r\n"

static void assert_after(void)
{
    next();
    assert_true(reply.whole);
    assert_raw(AFTER, strlen(AFTER));
    assert_int_equal(reader_next(&reader, &reply, &err), -1);
    assert_string_equal(err.code, "closed");
    assert_int_equal(err.class, ERROR_LATER);
}

static void begin_case(const char *bytes, size_t length, enum pieces pieces)
{
    char *all = malloc(length + strlen(AFTER));

    assert_non_null(all);
    memcpy(all, bytes, length);
    memcpy(all + length, AFTER, strlen(AFTER));
    begin(all, length + strlen(AFTER), pieces, false);
    free(all);
}

/* ---- data ---- */

static void assert_data(const char *bytes, size_t length)
{
    for (int pieces = AT_ONCE; pieces <= BYTE_BY_BYTE; pieces++) {
        begin_case(bytes, length, pieces);
        next();
        assert_true(reply.whole);
        assert_raw(bytes, length);
        assert_after();
        end();
    }
}

#define ASSERT_DATA(text) assert_data(text, sizeof(text) - 1)

static void data_lines(void **state)
{
    (void)state;
    ASSERT_DATA("* 1 EXISTS\r\n");
    ASSERT_DATA("* FLAGS (\\Seen)\r\n");
    ASSERT_DATA("* STATUS OK (UIDNEXT 5)\r\n");
    ASSERT_DATA("* OKAY is none\r\n");
    ASSERT_DATA("* \r\n");
    ASSERT_DATA("*\r\n");
    ASSERT_DATA("+x\r\n");
    ASSERT_DATA("k1\r\n");
    ASSERT_DATA(" OK no tag\r\n");
    ASSERT_DATA("\r\n");
}

static void bare_line_feeds(void **state)
{
    (void)state;
    ASSERT_DATA("* 1 EXISTS\n");
    ASSERT_DATA("\n");
    ASSERT_DATA("* STATUS {5}\nINBOX (UIDNEXT 5)\n");
    ASSERT_DATA("* 1\rEXISTS\r\r\n");
}

static void nul_bytes_in_data(void **state)
{
    (void)state;
    ASSERT_DATA("* 1 EX\0ISTS\r\n");
    ASSERT_DATA("\0\r\n");
    ASSERT_DATA("* STATUS {5}\r\nIN\0OX (UIDNEXT 5)\r\n");
    ASSERT_DATA("* 1 FETCH (X \0{3}\r\n\0\r\n)\r\n");
}

static void literal_in_fetch_holds_a_fake_event(void **state)
{
    (void)state;
    ASSERT_DATA("* 1 FETCH (BODY[] {39}\r\n\r\n* 9 EXISTS\r\nk1 OK done\r\n* "
                "BYE x {5}\r\n UID 5)\r\n");
    ASSERT_DATA("* 1 FETCH (BODY[] {3}\r\n{5} BODY[] {2}\r\n\r\n UID 5)\r\n");
}

static void literals_of_every_shape(void **state)
{
    (void)state;
    ASSERT_DATA("* STATUS {5}\r\nINBOX (UIDNEXT 5)\r\n");
    ASSERT_DATA("* STATUS {5+}\r\nINBOX (UIDNEXT 5)\r\n");
    ASSERT_DATA("* STATUS {0}\r\n (UIDNEXT 5)\r\n");
    ASSERT_DATA("* STATUS {0+}\r\n (UIDNEXT 5)\r\n");
    ASSERT_DATA("* STATUS {00000000000000005}\r\nINBOX (UIDNEXT 5)\r\n");
    ASSERT_DATA("* X {1}\r\na{1}\r\nb{1}\r\n{\r\n");
    ASSERT_DATA("{2}\r\nab\r\n");
}

static void braces_that_are_no_literals(void **state)
{
    (void)state;
    ASSERT_DATA("* X {}\r\n");
    ASSERT_DATA("* X {+}\r\n");
    ASSERT_DATA("* X {-5}\r\n");
    ASSERT_DATA("* X {5++}\r\n");
    ASSERT_DATA("* X {+5}\r\n");
    ASSERT_DATA("* X {0x5}\r\n");
    ASSERT_DATA("* X {5 }\r\n");
    ASSERT_DATA("* X { 5}\r\n");
    ASSERT_DATA("* X {5} \r\n");
    ASSERT_DATA("* X {5\r\n");
    ASSERT_DATA("* X 5}\r\n");
    ASSERT_DATA("5}\r\n");
    ASSERT_DATA("}\r\n");
    ASSERT_DATA("* X {4 5}\r\n");
}

/* A brace may end an atom (RFC 3501 §9), digits may stand before it. */
static void name_that_ends_in_digits_and_a_brace(void **state)
{
    (void)state;
    ASSERT_DATA("* LIST () \"/\" 20251125}\r\n");
    ASSERT_DATA("* LIST () \"/\" x12345678901234567}\r\n");
    ASSERT_DATA("* LIST () \"/\" x202511250102030405060708090}\r\n");
}

/* ---- status replies ---- */

static const struct status_case {
    const char *line;
    struct reply reply;
} status_cases[] = {
    {"* OK hi\r\n", {REPLY_STATUS, CONDITION_OK, "*", "", "", "hi", 0, 0, 0}},
    {"* ok hi\n", {REPLY_STATUS, CONDITION_OK, "*", "", "", "hi", 0, 0, 0}},
    {"*  OK  hi\r\n", {REPLY_STATUS, CONDITION_OK, "*", "", "", "hi", 0, 0, 0}},
    {"* OK\r\n", {REPLY_STATUS, CONDITION_OK, "*", "", "", "", 0, 0, 0}},
    {"* NO x\r\n", {REPLY_STATUS, CONDITION_NO, "*", "", "", "x", 0, 0, 0}},
    {"* BAD x\r\n", {REPLY_STATUS, CONDITION_BAD, "*", "", "", "x", 0, 0, 0}},
    {"* BYE x\r\n", {REPLY_STATUS, CONDITION_BYE, "*", "", "", "x", 0, 0, 0}},
    {"* PREAUTH x\r\n",
     {REPLY_STATUS, CONDITION_PREAUTH, "*", "", "", "x", 0, 0, 0}},
    {"k7 OK done\r\n",
     {REPLY_TAGGED, CONDITION_OK, "k7", "", "", "done", 0, 0, 0}},
    {"k8 No [NONEXISTENT] gone\r\n",
     {REPLY_TAGGED, CONDITION_NO, "k8", "NONEXISTENT", "", "gone", 0, 0, 0}},
    {"k8 NO [NONEXISTENT]\r\n",
     {REPLY_TAGGED, CONDITION_NO, "k8", "NONEXISTENT", "", "", 0, 0, 0}},
    {"* OK [UIDNEXT 4392] Predicted next UID\r\n",
     {REPLY_STATUS, CONDITION_OK, "*", "UIDNEXT", "4392", "Predicted next UID",
      0, 0, 0}},
    {"* OK [PERMANENTFLAGS (\\Deleted \\*)]x\r\n",
     {REPLY_STATUS, CONDITION_OK, "*", "PERMANENTFLAGS", "(\\Deleted \\*)", "x",
      0, 0, 0}},
    {"* OK [PERMANENTFLAGS (\r\n", /* crashes libetpan */
     {REPLY_STATUS, CONDITION_OK, "*", "", "", "[PERMANENTFLAGS (", 0, 0, 0}},
    {"* OK [BADCHARSET (abc)] hi\r\n", /* likewise */
     {REPLY_STATUS, CONDITION_OK, "*", "BADCHARSET", "(abc)", "hi", 0, 0, 0}},
    {"* OK []x\r\n", {REPLY_STATUS, CONDITION_OK, "*", "", "", "x", 0, 0, 0}},
    {"+ idling\r\n",
     {REPLY_CONTINUE, CONDITION_NONE, "", "", "", "idling", 0, 0, 0}},
    {"+ \r\n", {REPLY_CONTINUE, CONDITION_NONE, "", "", "", "", 0, 0, 0}},
    {"+\r\n", {REPLY_CONTINUE, CONDITION_NONE, "", "", "", "", 0, 0, 0}},
    {"+\n", {REPLY_CONTINUE, CONDITION_NONE, "", "", "", "", 0, 0, 0}},
    /* what a person is to read may end like a literal */
    {"* OK [ALERT] size {5}\r\n",
     {REPLY_STATUS, CONDITION_OK, "*", "ALERT", "", "size {5}", 0, 0, 0}},
    {"* BYE {99999}\r\n",
     {REPLY_STATUS, CONDITION_BYE, "*", "", "", "{99999}", 0, 0, 0}},
    {"k7 NO {5+}\r\n",
     {REPLY_TAGGED, CONDITION_NO, "k7", "", "", "{5+}", 0, 0, 0}},
    {"+ go ahead {5}\r\n",
     {REPLY_CONTINUE, CONDITION_NONE, "", "", "", "go ahead {5}", 0, 0, 0}},
    /* and is cleaned */
    {"* OK \x1b[31m\xff\r\n",
     {REPLY_STATUS, CONDITION_OK, "*", "", "", "?[31m?", 0, 0, 0}},
    {"* OK caf\xc3\xa9\r\n",
     {REPLY_STATUS, CONDITION_OK, "*", "", "", "caf\xc3\xa9", 0, 0, 0}},
    {"+ \x1b[31m\xff\r\n",
     {REPLY_CONTINUE, CONDITION_NONE, "", "", "", "?[31m?", 0, 0, 0}},
};

static void assert_status(const struct reply *expected)
{
    assert_int_equal(reply.kind, expected->kind);
    assert_int_equal(reply.condition, expected->condition);
    assert_string_equal(reply.tag, expected->tag);
    assert_string_equal(reply.code, expected->code);
    assert_string_equal(reply.argument, expected->argument);
    assert_string_equal(reply.text, expected->text);
    assert_true(reply.whole);
}

static void check_status_cases(size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        const struct status_case *this = &status_cases[i];

        for (int pieces = AT_ONCE; pieces <= BYTE_BY_BYTE; pieces++) {
            begin_case(this->line, strlen(this->line), pieces);
            next();
            assert_status(&this->reply);
            assert_after();
            end();
        }
    }
}

static void status_lines(void **state)
{
    (void)state;
    check_status_cases(0, COUNT(status_cases) - 1);
}

static void escape_sequence_after_a_plus(void **state)
{
    (void)state;
    check_status_cases(COUNT(status_cases) - 1, 1);
}

static void nul_byte_hides_nothing_of_a_status(void **state)
{
    static const char line[] = "k1 OK a\0b [x]\r\n";

    (void)state;
    begin_case(line, sizeof line - 1, AT_ONCE);
    next();
    assert_int_equal(reply.kind, REPLY_TAGGED);
    assert_string_equal(reply.tag, "k1");
    assert_string_equal(reply.text, "a?b [x]");
    assert_after();
    end();
    begin_case("* O\0K x\r\n", 9, AT_ONCE);
    next();
    assert_raw("* O\0K x\r\n", 9);
    assert_after();
    end();
}

/* ---- bounds ---- */

/* head, then count times a filling, then tail; free() it. */
static char *long_text(const char *head, size_t count, const char *tail,
                       size_t *length)
{
    char *text = malloc(strlen(head) + count + strlen(tail) + 1);

    assert_non_null(text);
    strcpy(text, head);
    memset(text + strlen(head), 'x', count);
    strcpy(text + strlen(head) + count, tail);
    *length = strlen(head) + count + strlen(tail);
    return text;
}

static void begin_long(const char *head, size_t count, const char *tail)
{
    size_t length;
    char *text = long_text(head, count, tail, &length);

    begin_case(text, length, AT_ONCE);
    free(text);
}

static void line_at_the_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        begin_long("* X ", READER_LINE_MAX - 6 - 1 + i, "\r\n");
        next();
        assert_int_equal(reply.kind, REPLY_DATA);
        assert_int_equal(reply.whole, i < 2);
        if (reply.whole)
            assert_int_equal(reply.length, READER_LINE_MAX - 1 + i);
        assert_after();
        end();
    }
}

/* Its message number may be told from its beginning still. */
static void long_line_is_read_past(void **state)
{
    (void)state;
    begin_long("* 7 FETCH (UID 5 X ", 3000000, ")\r\n");
    next();
    assert_int_equal(reply.kind, REPLY_DATA);
    assert_false(reply.whole);
    assert_true(reply.length <= READER_LINE_MAX);
    assert_memory_equal(reply.raw, "* 7 FETCH (UID 5 X ", 19);
    assert_true(reader_over_budget(&reader));
    assert_after();
    end();
}

static void long_line_that_announces_a_literal(void **state)
{
    (void)state;
    begin_long("* X ", 100000, "{14}\r\n* 9 EXISTS\r\n!!)\r\n");
    next();
    assert_false(reply.whole);
    assert_after();
    end();
    begin_long("* X {3}\r\nabc", 100000, " {2}\r\n\r\n)\r\n");
    next();
    assert_false(reply.whole);
    assert_after();
    end();
}

static void long_status_line(void **state)
{
    (void)state;
    begin_long("k9 OK ", 100000, " {5}\r\n");
    next();
    assert_int_equal(reply.kind, REPLY_TAGGED);
    assert_int_equal(reply.condition, CONDITION_OK);
    assert_string_equal(reply.tag, "k9");
    assert_after();
    end();
}

static void literal_at_the_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char head[64];
        size_t size = READER_LITERAL_MAX + i;

        snprintf(head, sizeof head, "* 1 FETCH (BODY[] {%zu}\r\n", size);
        begin_long(head, size, ")\r\n");
        next();
        assert_int_equal(reply.kind, REPLY_DATA);
        assert_int_equal(reply.whole, i == 0);
        if (reply.whole)
            assert_int_equal(reply.length, strlen(head) + size + 3);
        assert_after();
        end();
    }
}

static void many_literals_in_one_reply(void **state)
{
    char *text = calloc(6, 250000);
    char *at = text;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < 5; i++) {
        at += sprintf(at, "%s{240000}\r\n", i == 0 ? "* X " : " ");
        memset(at, 'y', 240000);
        at += 240000;
    }
    strcpy(at, ")\r\n");
    begin_case(text, strlen(text), AT_ONCE);
    free(text);
    next();
    assert_int_equal(reply.kind, REPLY_DATA);
    assert_false(reply.whole);
    assert_true(reply.length <= READER_REPLY_MAX);
    assert_after();
    end();
}

/* Nothing is allocated for what is only announced, and nothing wraps. */
static void literal_that_never_ends(void **state)
{
    static const char *const sizes[] = {
        "{99999999999999999999}", "{18446744073709551617}",
        "{9223372036854775807}", "{9223372036854775808}", "{4294967297}"};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char line[128];

        snprintf(line, sizeof line, "* 1 FETCH (BODY[] %s\r\nabc", sizes[i]);
        begin_case(line, strlen(line), AT_ONCE);
        assert_int_equal(reader_next(&reader, &reply, &err), -1);
        assert_string_equal(err.code, "closed");
        assert_true(reader.bytes.capacity <= READER_REPLY_MAX + 1);
        end();
    }
}

/* ---- the budget of a look ---- */

static void ten_thousand_lines(void **state)
{
    enum { LINES = 10001 };
    char *text = malloc(LINES * 4 + 1);

    (void)state;
    for (size_t i = 0; i < LINES; i++)
        memcpy(text + 4 * i, "* X\n", 4);
    begin(text, 4 * LINES, AT_ONCE, false);
    free(text);
    for (size_t i = 0; i < LINES - 1; i++)
        next();
    assert_false(reader_over_budget(&reader));
    next();
    assert_true(reader_over_budget(&reader));
    reader_refill(&reader);
    assert_false(reader_over_budget(&reader));
    end();
}

/* ---- time ---- */

static void silence_ends_at_the_deadline(void **state)
{
    int64_t start_ms = clock_boottime_ms();

    (void)state;
    begin("* 1 EXISTS", 10, AT_ONCE, true);
    stream_set_patience(&stream, 100);
    assert_int_equal(reader_next(&reader, &reply, &err), -1);
    assert_string_equal(err.code, "timeout");
    assert_int_equal(err.class, ERROR_LATER);
    assert_in_range(clock_boottime_ms() - start_ms, 100, 2000);
    end();
}

static void byte_after_byte_does_not_stretch_the_deadline(void **state)
{
    static const char *const lines[] = {
        "* 1 EXISTS xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n",
        "* X {99}\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        int64_t start_ms = clock_boottime_ms();

        begin(lines[i], strlen(lines[i]), SLOWLY, true);
        stream_set_patience(&stream, 300);
        assert_int_equal(reader_next(&reader, &reply, &err), -1);
        assert_string_equal(err.code, "timeout");
        assert_in_range(clock_boottime_ms() - start_ms, 300, 2000);
        end();
    }
}

static void cut_anywhere_is_closed(void **state)
{
    static const char line[] = "* 1 FETCH (BODY[] {5}\r\nabcde UID 5)\r\n";

    (void)state;
    for (size_t length = 0; length < sizeof line - 1; length++) {
        begin(line, length, AT_ONCE, false);
        assert_int_equal(reader_next(&reader, &reply, &err), -1);
        assert_string_equal(err.code, "closed");
        end();
    }
}

/* The strings of a reply are its own until the next one. */
static void several_replies_in_one_packet(void **state)
{
    static const char bytes[] = "* 4 EXISTS\r\n* OK [ALERT] x\r\n* STATUS "
                                "{1}\r\na ()\r\n+ idling\r\nk1 OK y\r\n";

    (void)state;
    begin_case(bytes, sizeof bytes - 1, AT_ONCE);
    next();
    assert_raw("* 4 EXISTS\r\n", 12);
    next();
    assert_int_equal(reply.kind, REPLY_STATUS);
    assert_string_equal(reply.code, "ALERT");
    next();
    assert_raw("* STATUS {1}\r\na ()\r\n", 20);
    assert_string_equal(reply.code, "");
    next();
    assert_int_equal(reply.kind, REPLY_CONTINUE);
    assert_string_equal(reply.text, "idling");
    next();
    assert_int_equal(reply.kind, REPLY_TAGGED);
    assert_string_equal(reply.text, "y");
    assert_after();
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_lines),
        cmocka_unit_test(bare_line_feeds),
        cmocka_unit_test(nul_bytes_in_data),
        cmocka_unit_test(literal_in_fetch_holds_a_fake_event),
        cmocka_unit_test(literals_of_every_shape),
        cmocka_unit_test(braces_that_are_no_literals),
        cmocka_unit_test(name_that_ends_in_digits_and_a_brace),
        cmocka_unit_test(status_lines),
        cmocka_unit_test(escape_sequence_after_a_plus),
        cmocka_unit_test(nul_byte_hides_nothing_of_a_status),
        cmocka_unit_test(line_at_the_limit),
        cmocka_unit_test(long_line_is_read_past),
        cmocka_unit_test(long_line_that_announces_a_literal),
        cmocka_unit_test(long_status_line),
        cmocka_unit_test(literal_at_the_limit),
        cmocka_unit_test(many_literals_in_one_reply),
        cmocka_unit_test(literal_that_never_ends),
        cmocka_unit_test(ten_thousand_lines),
        cmocka_unit_test(silence_ends_at_the_deadline),
        cmocka_unit_test(byte_after_byte_does_not_stretch_the_deadline),
        cmocka_unit_test(cut_anywhere_is_closed),
        cmocka_unit_test(several_replies_in_one_packet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
