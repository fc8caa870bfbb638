/*
 * Between processes nothing is believed: whatever bytes come, a reader either
 * has every field of a record or knows that it has none.
 */
#include "chance.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/record.h"
#include "base/letterhead.h"
#include "base/report.h"
#include "base/request.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct record *record;
static int ends[2];

static int make_record(void **state)
{
    (void)state;
    record = record_create(false);
    return record_pair(ends);
}

static int remove_record(void **state)
{
    (void)state;
    record_destroy(&record);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

/* Puts bytes into the record as if they had come from another process. */
static void receive(const void *bytes, size_t length)
{
    assert_int_equal(send(ends[0], bytes, length, 0), length);
    assert_int_equal(record_receive(ends[1], record), 1);
    assert_int_equal(record->length, length);
}

/* ---- fields ---- */

static void fields_come_back_as_they_were_put(void **state)
{
    (void)state;
    record_start(record, 200);
    record_put_number(record, INT64_MIN);
    record_put_string(record, "");
    record_put_string(record, NULL);
    record_put_number(record, INT64_MAX);
    record_put_string(record, "\xc3\xa4\nb");
    record_put_number(record, -1);
    assert_int_equal(record_send(ends[0], record), 0);
    record_start(record, 1);
    assert_int_equal(record_receive(ends[1], record), 1);
    assert_int_equal(record_type(record), 200);
    assert_true(record_get_number(record) == INT64_MIN);
    assert_string_equal(record_get_string(record), "");
    assert_string_equal(record_get_string(record), "");
    assert_true(record_get_number(record) == INT64_MAX);
    assert_string_equal(record_get_string(record), "\xc3\xa4\nb");
    assert_false(record_complete(record));
    assert_int_equal(record_get_number(record), -1);
    assert_true(record_complete(record));
}

static void longest_string_that_fits(void **state)
{
    const size_t most = RECORD_MAX - 1 - sizeof(uint32_t) - 1;
    char *text = calloc(1, RECORD_MAX + 100);

    (void)state;
    memset(text, 'x', RECORD_MAX + 99);
    record_start(record, 1);
    record_put_string(record, text);
    assert_int_equal(record_send(ends[0], record), -1);
    assert_int_equal(errno, EMSGSIZE);
    text[most + 1] = '\0';
    record_start(record, 1);
    record_put_string(record, text);
    assert_int_equal(record_send(ends[0], record), -1);
    assert_int_equal(errno, EMSGSIZE);
    text[most] = '\0';
    record_start(record, 1);
    record_put_string(record, text);
    assert_int_equal(record_send(ends[0], record), 0);
    assert_int_equal(record_receive(ends[1], record), 1);
    assert_string_equal(record_get_string(record), text);
    assert_true(record_complete(record));
    free(text);
}

static void record_that_became_too_long_stays_bad(void **state)
{
    char *text = calloc(1, RECORD_MAX);

    (void)state;
    memset(text, 'x', RECORD_MAX - 1);
    record_start(record, 1);
    record_put_string(record, text);
    record_put_number(record, 1); /* would fit */
    assert_int_equal(record_send(ends[0], record), -1);
    assert_int_equal(errno, EMSGSIZE);
    record_start(record, 1); /* a new one is good again */
    record_put_number(record, 1);
    assert_int_equal(record_send(ends[0], record), 0);
    free(text);
}

static void numbers_out_of_range(void **state)
{
    static const struct {
        int64_t number;
        bool good;
    } cases[] = {
        {INT64_MIN, false}, {-6, false}, {-5, true},         {0, true},
        {7, true},          {8, false},  {INT64_MAX, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        record_start(record, 1);
        record_put_number(record, cases[i].number);
        assert_int_equal(record_get_range(record, -5, 7),
                         cases[i].good ? cases[i].number : -5);
        assert_int_equal(record_complete(record), cases[i].good);
    }
}

/* A packet with one string in it, whose size is said to be that. */
static void receive_string(uint32_t size, const void *bytes, size_t length)
{
    char packet[64] = {1};

    memcpy(packet + 1, &size, sizeof size);
    memcpy(packet + 1 + sizeof size, bytes, length);
    receive(packet, 1 + sizeof size + length);
}

static void strings_that_are_none(void **state)
{
    static const struct {
        uint32_t size;
        const char *bytes;
        size_t length;
        bool good;
    } cases[] = {
        {4, "abc", 4, true},
        {1, "", 1, true},
        {4, "a\0c", 4, false},  /* a NUL inside */
        {2, "\0", 2, false},    /* likewise */
        {3, "abc", 3, false},   /* none at the end */
        {0, "", 0, false},      /* not even an empty string */
        {5, "abc", 4, false},   /* longer than the packet */
        {3, "ab", 3, true},     /* ends with the packet */
        {3, "ab\0z", 4, false}, /* something is left over */
        {UINT32_MAX, "abc", 4, false},
        {UINT32_MAX - 4, "abc", 4, false},
        {0x80000004, "abc", 4, false},
        {RECORD_MAX, "abc", 4, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        receive_string(cases[i].size, cases[i].bytes, cases[i].length);
        const char *text = record_get_string(record);

        if (record_complete(record) != cases[i].good)
            fail_msg("case %zu", i);
        if (cases[i].good)
            assert_string_equal(text, cases[i].bytes);
    }
}

static void nothing_can_be_read_after_nonsense(void **state)
{
    (void)state;
    record_start(record, 1);
    record_put_number(record, 5);
    record_put_number(record, 6);
    assert_int_equal(record_get_range(record, 0, 1), 0);
    assert_int_equal(record_get_number(record), 0);
    assert_string_equal(record_get_string(record), "");
    assert_false(record_complete(record));
}

static void packet_without_any_field(void **state)
{
    (void)state;
    receive("\x01", 1);
    assert_true(record_complete(record));
    assert_int_equal(record_get_number(record), 0);
    assert_false(record_complete(record));
    receive("\x01", 1);
    assert_string_equal(record_get_string(record), "");
    assert_false(record_complete(record));
    receive("\x01\x02\x00", 3); /* half a length */
    assert_string_equal(record_get_string(record), "");
    assert_false(record_complete(record));
}

/* ---- sockets ---- */

static void packet_that_was_cut(void **state)
{
    int size = 4 * RECORD_MAX;
    char *packet = calloc(1, RECORD_MAX + 1);

    (void)state;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    packet[0] = REPORT_ALIVE;
    assert_int_equal(send(ends[0], packet, RECORD_MAX + 1, 0), RECORD_MAX + 1);
    assert_int_equal(record_receive(ends[1], record), 1);
    assert_false(record_complete(record));
    while (record->position < RECORD_MAX && !record->bad)
        record_get_number(record);
    assert_false(record_complete(record));
    free(packet);
}

static void other_end_is_gone(void **state)
{
    (void)state;
    assert_int_equal(record_receive(ends[1], record), -1);
    assert_int_equal(errno, EAGAIN);
    record_start(record, 7);
    assert_int_equal(record_send(ends[0], record), 0);
    shutdown(ends[0], SHUT_RDWR);
    assert_int_equal(record_receive(ends[1], record), 1);
    assert_int_equal(record_type(record), 7);
    assert_int_equal(record_receive(ends[1], record), 0);
    assert_int_equal(record_send(ends[1], record), -1);
    assert_int_equal(errno, EPIPE); /* and no SIGPIPE */
}

/* The kernel says ECONNRESET once to who is left by one who did not read all
 * that was sent, and it says so first: his last words come after it. */
static void other_end_left_unread_bytes_behind(void **state)
{
    int fds[2];

    (void)state;
    assert_int_equal(record_pair(fds), 0);
    record_start(record, 7);
    assert_int_equal(record_send(fds[1], record), 0);
    record_start(record, 8);
    assert_int_equal(record_send(fds[0], record), 0);
    close(fds[0]);
    assert_int_equal(record_receive(fds[1], record), 1);
    assert_int_equal(record_type(record), 8);
    assert_int_equal(record_receive(fds[1], record), 0);
    assert_int_equal(record_receive(fds[1], record), 0);
    close(fds[1]);
}

static void full_socket_does_not_block(void **state)
{
    int sent = 0;

    (void)state;
    record_start(record, 7);
    while (record_send(ends[0], record) == 0)
        assert_true(++sent < 100000);
    assert_int_equal(errno, EAGAIN);
    while (record_receive(ends[1], record) == 1)
        sent--;
    assert_int_equal(sent, 0);
}

static void secret_record_is_empty_in_a_child(void **state)
{
    struct record *secret = record_create(true);
    int status;

    (void)state;
    record_start(secret, 9);
    record_put_string(secret, "https://push.example/secret");
    record_start(record, 9);
    pid_t child = fork();

    if (child == 0) {
        bool empty = secret->length == 0;

        for (size_t i = 0; i < RECORD_MAX; i++)
            empty = empty && secret->data[i] == 0;
        _exit(empty && record->data[0] == 9 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_string_equal(record_get_string(secret),
                        "https://push.example/secret");
    record_destroy(&secret);
    assert_null(secret);
    record_destroy(&secret);
}

/* ---- what the records mean ---- */

static const struct report reports[] = {
    {.type = REPORT_ALIVE, .by_ms = 5},
    {.type = REPORT_OFFER, .by_ms = 5, .watch = WATCH_NOTIFY},
    {.type = REPORT_RENAMED, .mailbox = "Jobs", .oldname = "\xc3\x84rger"},
    {.type = REPORT_WATCHING, .by_ms = INT64_MAX, .watch = WATCH_POLL},
    {.type = REPORT_CURSOR,
     .mailbox = "INBOX",
     .cursor = {.uidvalidity = 0, .uidnext = 1}},
    {.type = REPORT_NEWS,
     .by_ms = 6,
     .mailbox = "\xc3\x84rger",
     .cursor = {.uidvalidity = 4294967295, .uidnext = UID_MAX},
     .reason = NEWS_LOWERED,
     .live = true,
     .internaldate = 1700000000},
    {.type = REPORT_NEWS,
     .mailbox = "INBOX",
     .cursor = {.uidvalidity = 1, .uidnext = 9},
     .rules = 1 | INT64_C(1) << RULE_NONE,
     .heads = {{.rule = RULE_NONE, .uid = 8, .from = "", .subject = ""},
               {.rule = 0,
                .uid = UID_MAX,
                .from = "Bj\xc3\xb6rn",
                .subject = "Hello"}},
     .head_count = 2},
    {.type = REPORT_PROVEN, .mailbox = "INBOX", .proof = PROOF_ALL},
    {.type = REPORT_MISSING, .mailbox = "A", .missing = true},
    {.type = REPORT_LISTED,
     .mailbox = "Spam",
     .watched = true,
     .selectable = true,
     .uses = 32},
    {.type = REPORT_STEP,
     .step = STEP_METADATA,
     .result = STEP_HINT,
     .text = "off"},
    {.type = REPORT_END,
     .class = ERROR_PERSON,
     .code = "login",
     .text = "the server refused the login"},
};

static const struct outcome outcomes[] = {
    {.id = 1, .kind = OUTCOME_ANSWER, .status = 999, .text = ""},
    {.id = INT64_MIN,
     .kind = OUTCOME_REFUSED,
     .retry_after_s = INT64_MAX,
     .took_ms = INT32_MAX,
     .date_s = 1700000000,
     .text = "not allowed"},
};

static const struct request requests[] = {
    {.id = 1,
     .method = "PUT",
     .url = "https://push.example/",
     .headers = "",
     .body = "version=1"},
    {.id = 2,
     .method = "POST",
     .url = "http://h/",
     .headers = "A: b\n",
     .body = "",
     .ca_file = "/ca.pem",
     .proxy = "socks5h://p:1",
     .p256dh = "BCVx",
     .auth = "BTBZ",
     .subject = "mailto:me@example.org",
     .urgency = "high",
     .ttl_s = 2592000,
     .title = "New mail",
     .tag = "mail",
     .navigate = "https://mail.example/",
     .account = "work",
     .mail_from = "Bj\xc3\xb6rn",
     .mail_subject = "Hello",
     .version = 9007199254740991,
     .small = true,
     .insecure_http = true},
};

/* Takes a packet as what its reader takes it for, and packs it again into the
 * record: 0, or -1 for nonsense. */
static int take_report(void)
{
    struct report report;

    if (report_read(record, &report) < 0)
        return -1;
    assert_int_equal(report_send(ends[0], record, &report), 0);
    assert_int_equal(record_receive(ends[1], record), 1);
    return 0;
}

static int take_outcome(void)
{
    struct record *again = record_create(false);
    struct outcome outcome;
    int result = outcome_read(record, &outcome);

    if (result == 0) {
        outcome_pack(again, &outcome);
        memcpy(record, again, sizeof *again);
    }
    record_destroy(&again);
    return result;
}

static int take_request(void)
{
    struct record *again = record_create(false);
    struct request request;
    int result = request_read(record, &request);

    if (result == 0) {
        request_pack(again, &request);
        memcpy(record, again, sizeof *again);
    }
    record_destroy(&again);
    return result;
}

/* Good packets of every kind, and who reads them. */
struct packet {
    char bytes[512];
    size_t length;
    int (*take)(void);
};

static void keep(struct packet *packet, int (*take)(void))
{
    assert_true(record->length <= sizeof packet->bytes);
    memcpy(packet->bytes, record->data, record->length);
    packet->length = record->length;
    packet->take = take;
}

#define PACKETS (COUNT(reports) + COUNT(outcomes) + COUNT(requests))

static void make_packets(struct packet packets[PACKETS])
{
    size_t count = 0;

    for (size_t i = 0; i < COUNT(reports); i++) {
        assert_int_equal(report_send(ends[0], record, &reports[i]), 0);
        assert_int_equal(record_receive(ends[1], record), 1);
        keep(&packets[count++], take_report);
    }
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        outcome_pack(record, &outcomes[i]);
        keep(&packets[count++], take_outcome);
    }
    for (size_t i = 0; i < COUNT(requests); i++) {
        request_pack(record, &requests[i]);
        keep(&packets[count++], take_request);
    }
}

static void good_packets_are_taken(void **state)
{
    struct packet packets[PACKETS];

    (void)state;
    make_packets(packets);
    for (size_t i = 0; i < PACKETS; i++) {
        receive(packets[i].bytes, packets[i].length);
        assert_int_equal(packets[i].take(), 0);
        assert_int_equal(record->length, packets[i].length);
        assert_memory_equal(record->data, packets[i].bytes, packets[i].length);
    }
}

static void packets_cut_short_or_with_something_left_over(void **state)
{
    struct packet packets[PACKETS];

    (void)state;
    make_packets(packets);
    for (size_t i = 0; i < PACKETS; i++) {
        for (size_t length = 1; length < packets[i].length; length++) {
            receive(packets[i].bytes, length);
            if (packets[i].take() == 0)
                fail_msg("packet %zu, %zu bytes", i, length);
        }
        packets[i].bytes[packets[i].length] = '\0';
        receive(packets[i].bytes, packets[i].length + 1);
        assert_int_equal(packets[i].take(), -1);
    }
}

static void packets_of_another_type(void **state)
{
    struct packet packets[PACKETS];

    (void)state;
    make_packets(packets);
    for (size_t i = 0; i < PACKETS; i++) {
        for (int type = REPORT_TYPES; type < 256; type++) {
            packets[i].bytes[0] = (char)type;
            receive(packets[i].bytes, packets[i].length);
            assert_int_equal(packets[i].take(), -1);
        }
        packets[i].bytes[0] = 0;
        receive(packets[i].bytes, packets[i].length);
        assert_int_equal(packets[i].take(), -1);
    }
}

static void change(struct chance *chance, struct packet *packet)
{
    size_t at = chance_below(chance, packet->length);

    switch (chance_below(chance, 4)) {
    case 0:
        packet->bytes[at] = (char)chance_bits(chance);
        break;
    case 1:
        packet->bytes[at] ^= (char)(1 << chance_below(chance, 8));
        break;
    case 2:
        packet->length = at + 1;
        break;
    default:
        memmove(packet->bytes + at, packet->bytes + at + 1,
                packet->length - at - 1);
        if (packet->length > 1)
            packet->length--;
    }
}

/* A reader that takes a packet has understood all of it, if packing what it
 * read gives the packet again. */
static void assert_refused_or_understood(const struct packet *packet)
{
    receive(packet->bytes, packet->length);
    if (packet->take() == 0) {
        assert_int_equal(record->length, packet->length);
        assert_memory_equal(record->data, packet->bytes, packet->length);
    }
}

static void random_bytes(void **state)
{
    struct chance chance = chance_begin();
    struct packet good[PACKETS], packet;

    (void)state;
    make_packets(good);
    for (int i = 0; i < 60000; i++) {
        packet = good[chance_below(&chance, PACKETS)];
        for (size_t j = chance_below(&chance, 3) + 1; j > 0; j--)
            change(&chance, &packet);
        assert_refused_or_understood(&packet);
        packet.length = 1 + chance_below(&chance, sizeof packet.bytes);
        chance_fill(&chance, packet.bytes, packet.length);
        packet.bytes[0] = (char)chance_below(&chance, REPORT_TYPES + 1);
        assert_refused_or_understood(&packet);
    }
}

/* ---- single fields that no reader may believe ---- */

static char long_words[LETTERHEAD_SUBJECT_MAX + 64];

#define ONE_HEAD(number, id, name, words)                                      \
    {                                                                          \
        .type = REPORT_NEWS, .mailbox = "a", .cursor = {1, 1}, .rules = 1,     \
        .heads = {{.rule = (number),                                           \
                   .uid = (id),                                                \
                   .from = (name),                                             \
                   .subject = (words)}},                                       \
        .head_count = 1,                                                       \
    }

static void reports_that_cannot_be(void **state)
{
    static const struct report wrong[] = {
        {.type = REPORT_ALIVE, .by_ms = -1},
        {.type = REPORT_OFFER, .watch = WATCH_AUTO},
        {.type = REPORT_OFFER, .watch = WATCH_COUNT},
        {.type = REPORT_WATCHING, .watch = WATCH_AUTO},
        {.type = REPORT_PROVEN, .mailbox = "a", .proof = PROOFS},
        {.type = REPORT_LISTED, .mailbox = "a", .uses = 1U << 8},
        {.type = REPORT_STEP, .step = STEP_COUNT, .text = "a"},
        {.type = REPORT_STEP, .result = STEP_RESULTS, .text = "a"},
        {.type = REPORT_CURSOR, .mailbox = "a", .cursor = {1, 0}},
        {.type = REPORT_CURSOR, .mailbox = "a", .cursor = {-1, 1}},
        {.type = REPORT_CURSOR, .mailbox = "a", .cursor = {1, UID_MAX + 1}},
        {.type = REPORT_NEWS, .mailbox = "a", .cursor = {1, -1}},
        {.type = REPORT_NEWS,
         .mailbox = "a",
         .cursor = {1, 1},
         .reason = NEWS_REASONS},
        {.type = REPORT_NEWS,
         .mailbox = "a",
         .cursor = {1, 1},
         .internaldate = -1},
        ONE_HEAD(RULE_NONE + 1, 1, "a", "b"),
        ONE_HEAD(0, 0, "a", "b"),
        ONE_HEAD(0, UID_MAX + 1, "a", "b"),
        ONE_HEAD(0, 1, "a\n", "b"), /* would be another line of a log */
        ONE_HEAD(0, 1, "a", "\x1b[31m"),
        ONE_HEAD(0, 1, "a", "\xc2\x9b"),
        ONE_HEAD(0, 1, "a", "\xff"),
        ONE_HEAD(0, 1, "\xe2\x80\xae", "b"), /* RIGHT-TO-LEFT OVERRIDE */
        ONE_HEAD(0, 1, long_words + sizeof long_words - 2 - LETTERHEAD_FROM_MAX,
                 ""),
        ONE_HEAD(0, 1, "",
                 long_words + sizeof long_words - 2 - LETTERHEAD_SUBJECT_MAX),
        {.type = REPORT_END, .class = ERROR_CLASSES, .code = "", .text = ""},
    };
    struct report report;

    (void)state;
    memset(long_words, 'x', sizeof long_words - 1);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_int_equal(report_send(ends[0], record, &wrong[i]), 0);
        assert_int_equal(record_receive(ends[1], record), 1);
        if (report_read(record, &report) == 0)
            fail_msg("case %zu", i);
    }
}

/* One for each rule, all as long as they may be. */
static void news_with_most_words(void **state)
{
    static char from[LETTERHEAD_FROM_MAX + 1],
        subject[LETTERHEAD_SUBJECT_MAX + 1], mailbox[MAILBOX_NAME_MAX + 1];
    struct report report = {.type = REPORT_NEWS,
                            .mailbox = mailbox,
                            .cursor = {INT64_MAX, UID_MAX},
                            .head_count = RULES_MAX + 1};

    (void)state;
    memset(from, 'f', sizeof from - 1);
    memset(subject, 's', sizeof subject - 1);
    memset(mailbox, 'm', sizeof mailbox - 1);
    for (size_t i = 0; i < report.head_count; i++)
        report.heads[i] = (struct report_head){i, UID_MAX, from, subject};
    assert_int_equal(report_send(ends[0], record, &report), 0);
    assert_int_equal(record_receive(ends[1], record), 1);
    assert_int_equal(report_read(record, &report), 0);
    assert_int_equal(report.head_count, RULES_MAX + 1);
    assert_string_equal(report.heads[RULES_MAX].from, from);
    assert_string_equal(report.heads[RULES_MAX].subject, subject);
}

/* ... and more of them than there can be. */
static void news_with_too_many_words(void **state)
{
    struct report report;

    (void)state;
    for (int i = 0; i < 2; i++) {
        record_start(record, REPORT_NEWS);
        record_put_number(record, 1);
        record_put_string(record, "INBOX");
        for (int field = 0; field < 6; field++)
            record_put_number(record, 1);
        record_put_number(record, i ? -1 : RULES_MAX + 2);
        for (int head = 0; head < RULES_MAX + 2; head++) {
            record_put_number(record, 1);
            record_put_number(record, 1);
            record_put_string(record, "a");
            record_put_string(record, "b");
        }
        assert_int_equal(report_read(record, &report), -1);
    }
}

static void outcomes_that_cannot_be(void **state)
{
    static const struct outcome wrong[] = {
        {.kind = OUTCOME_KINDS, .text = ""}, {.status = -1, .text = ""},
        {.status = 1000, .text = ""},        {.retry_after_s = -1, .text = ""},
        {.date_s = -1, .text = ""},          {.took_ms = -1, .text = ""},
    };
    struct outcome outcome;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        outcome_pack(record, &wrong[i]);
        if (outcome_read(record, &outcome) == 0)
            fail_msg("case %zu", i);
    }
}

/* ---- orders ---- */

static void orders_come_back_as_they_were_packed(void **state)
{
    const struct task list[] = {{{"INBOX", {5, 7}}, false},
                                {{"Sent", {0, 0}}, true}};
    struct order_head head;
    struct task task;

    (void)state;
    order_pack_check(record);
    assert_int_equal(order_read(record, &head), 0);
    assert_int_equal(head.order, ORDER_CHECK);
    order_pack_watch(record, list, 2, true, false);
    assert_int_equal(order_read(record, &head), 0);
    assert_int_equal(head.order, ORDER_WATCH);
    assert_int_equal(head.count, 2);
    assert_true(head.first && !head.last);
    assert_true(order_read_task(record, &task));
    assert_string_equal(task.mailbox.name, "INBOX");
    assert_int_equal(task.mailbox.cursor.uidvalidity, 5);
    assert_int_equal(task.mailbox.cursor.uidnext, 7);
    assert_false(task.polled);
    assert_true(order_read_task(record, &task));
    assert_string_equal(task.mailbox.name, "Sent");
    assert_int_equal(task.mailbox.cursor.uidnext, 0);
    assert_true(task.polled);
    assert_false(order_read_task(record, &task));
}

/* ... also with the longest names that there are. */
static void part_of_an_order_always_fits(void **state)
{
    char name[MAILBOX_NAME_MAX + 1];
    struct task list[TASKS_MAX];

    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (size_t i = 0; i < TASKS_MAX; i++)
        list[i] = (struct task){{name, {INT64_MAX, UID_MAX}}, true};
    order_pack_watch(record, list, TASKS_MAX, true, true);
    assert_false(record->bad);
}

static void orders_that_are_nonsense(void **state)
{
    struct order_head head;

    (void)state;
    for (int type = 0; type < 256; type++) {
        record_start(record, (unsigned char)type);
        if (type != ORDER_CHECK && order_read(record, &head) == 0)
            fail_msg("type %d", type);
    }
    order_pack_check(record);
    record_put_number(record, 1);
    assert_int_equal(order_read(record, &head), -1);
    for (int i = 0; i < 2; i++) {
        record_start(record, ORDER_WATCH);
        record_put_number(record, i ? -1 : TASKS_MAX + 1);
        record_put_number(record, 1);
        record_put_number(record, 1);
        assert_int_equal(order_read(record, &head), -1);
    }
}

static void order_with_fewer_mailboxes_than_it_says(void **state)
{
    struct order_head head;
    struct task task;

    (void)state;
    record_start(record, ORDER_WATCH);
    record_put_number(record, 2);
    record_put_number(record, 1);
    record_put_number(record, 1);
    record_put_string(record, "INBOX");
    record_put_number(record, 1);
    record_put_number(record, 1);
    record_put_number(record, 0);
    assert_int_equal(order_read(record, &head), 0);
    assert_true(order_read_task(record, &task));
    assert_false(order_read_task(record, &task));
    assert_string_equal(task.mailbox.name, "");
}

#define WITH_RECORD(test)                                                      \
    cmocka_unit_test_setup_teardown(test, make_record, remove_record)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECORD(fields_come_back_as_they_were_put),
        WITH_RECORD(longest_string_that_fits),
        WITH_RECORD(record_that_became_too_long_stays_bad),
        WITH_RECORD(numbers_out_of_range),
        WITH_RECORD(strings_that_are_none),
        WITH_RECORD(nothing_can_be_read_after_nonsense),
        WITH_RECORD(packet_without_any_field),
        WITH_RECORD(packet_that_was_cut),
        WITH_RECORD(other_end_is_gone),
        WITH_RECORD(other_end_left_unread_bytes_behind),
        WITH_RECORD(full_socket_does_not_block),
        WITH_RECORD(secret_record_is_empty_in_a_child),
        WITH_RECORD(good_packets_are_taken),
        WITH_RECORD(packets_cut_short_or_with_something_left_over),
        WITH_RECORD(packets_of_another_type),
        WITH_RECORD(random_bytes),
        WITH_RECORD(reports_that_cannot_be),
        WITH_RECORD(news_with_most_words),
        WITH_RECORD(news_with_too_many_words),
        WITH_RECORD(outcomes_that_cannot_be),
        WITH_RECORD(orders_come_back_as_they_were_packed),
        WITH_RECORD(orders_that_are_nonsense),
        WITH_RECORD(order_with_fewer_mailboxes_than_it_says),
        WITH_RECORD(part_of_an_order_always_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
