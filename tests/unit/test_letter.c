/*
 * A recipient's request: templates filled in, nothing cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/record.h"
#include "base/request.h"
#include "core/letter.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct record *record;
static struct endpoint endpoint;
static struct recipient recipient;

static int begin(void **state)
{
    (void)state;
    record = record_create(true);
    endpoint = (struct endpoint){
        .name = "phone",
        .url = "https://push.example/%v/secret",
        .kind = ENDPOINT_PUT,
        .method = "PUT",
        .body = "version=%v",
    };
    recipient = (struct recipient){.endpoint = &endpoint, .serial = 42};
    strcpy(recipient.row.account, "home");
    strcpy(recipient.row.mailbox, "\xc3\x84rger/100%v");
    return 0;
}

static int end(void **state)
{
    (void)state;
    record_destroy(&record);
    return 0;
}

static struct request write_letter(int64_t version)
{
    struct request request;

    letter_write(&recipient, version, record);
    record->position = 1; /* as if it had been received */
    assert_int_equal(request_read(record, &request), 0);
    return request;
}

static void request_as_it_was_configured(void **state)
{
    (void)state;
    struct request request = write_letter(1795569510000000);

    assert_int_equal(request.id, 42);
    assert_string_equal(request.method, "PUT");
    assert_string_equal(request.url, "https://push.example/%v/secret");
    assert_string_equal(request.headers, "");
    assert_string_equal(request.body, "version=1795569510000000");
    assert_string_equal(request.ca_file, "");
    assert_false(request.insecure_http);
    endpoint.ca_file = "/etc/ca.pem";
    endpoint.insecure_http = true;
    endpoint.method = "POST";
    request = write_letter(1);
    assert_string_equal(request.ca_file, "/etc/ca.pem");
    assert_string_equal(request.method, "POST");
    assert_true(request.insecure_http);
}

static void templates(void **state)
{
    static const struct {
        const char *template, *text;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"%v", "7"},
        {"%a", "home"},
        {"%m", "%C3%84rger%2F100%25v"}, /* what is filled in is no template */
        {"%v%a%v", "7home7"},
        {"{\"v\": %v, \"a\": \"%a\"}", "{\"v\": 7, \"a\": \"home\"}"},
        {"100%%", "100%"},
        {"%%v", "%v"},
        {"%%%v", "%7"},
        {"%%%%", "%%"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        endpoint.body = cases[i].template;
        assert_string_equal(write_letter(7).body, cases[i].text);
    }
}

/* A server may call a mailbox what it likes. */
static void mailbox_that_would_be_another_version(void **state)
{
    static const struct {
        const char *header, *body;
    } cases[] = {
        {NULL, "version=7&m=a%26version%3D9%22%5C"},
        {"Content-Type: application/x-www-form-urlencoded",
         "version=7&m=a%26version%3D9%22%5C"},
        {"content-type: application/json", "version=7&m=a&version=9\\\"\\\\"},
        {"Content-Type: text/plain", "version=7&m=a&version=9\"\\"},
    };

    (void)state;
    snprintf(recipient.row.mailbox, sizeof recipient.row.mailbox,
             "a&version=9\"\\");
    endpoint.body = "version=%v&m=%m";
    for (size_t i = 0; i < COUNT(cases); i++) {
        endpoint.headers = &cases[i].header;
        endpoint.header_count = cases[i].header ? 1 : 0;
        assert_string_equal(write_letter(7).body, cases[i].body);
    }
}

static void mailbox_that_would_be_a_header(void **state)
{
    static const char *const headers[] = {"Title: %m", "X: y"};

    (void)state;
    strcpy(recipient.row.mailbox, "a\r\nAuthorization: b%v");
    endpoint.headers = headers;
    endpoint.header_count = COUNT(headers);
    assert_string_equal(write_letter(7).headers,
                        "Title: a??Authorization: b%v\nX: y\n");
}

static void largest_version(void **state)
{
    (void)state;
    assert_string_equal(write_letter(9007199254740991).body,
                        "version=9007199254740991");
}

static void headers_are_templates_too(void **state)
{
    static const char *const headers[] = {"Title: %a",
                                          "X-Empty:", "X-Version: %v"};

    (void)state;
    endpoint.headers = headers;
    endpoint.header_count = COUNT(headers);
    assert_string_equal(write_letter(7).headers,
                        "Title: home\nX-Empty:\nX-Version: 7\n");
}

static void event_of_no_mailbox(void **state)
{
    (void)state;
    recipient.row.account[0] = recipient.row.mailbox[0] = '\0';
    endpoint.body = "<%a|%m>";
    assert_string_equal(write_letter(7).body, "<|>");
}

/* A letter leaves nothing of itself to the next one. */
static void shorter_letter_after_a_longer_one(void **state)
{
    static const char *const headers[] = {"A: %m%m%m%m"};

    (void)state;
    endpoint.headers = headers;
    endpoint.header_count = 1;
    endpoint.body = "%m%m%m%m";
    write_letter(7);
    endpoint.header_count = 0;
    endpoint.body = "";
    struct request request = write_letter(8);

    assert_string_equal(request.headers, "");
    assert_string_equal(request.body, "");
}

/* ---- what is shown ---- */

static void becomes(enum endpoint_kind kind)
{
    endpoint.kind = kind;
    endpoint.p256dh = endpoint.auth = "AAAA";
    endpoint.subject = "mailto:me@example.org";
    endpoint.urgency = "high";
    endpoint.body = "%a: new mail";
    endpoint.notification = (struct notification){
        .title = "New mail", .body = "", .tag = "mail", .navigate = ""};
}

/* The value of a header; valid until the next letter. */
static const char *header_of(const struct request *request, const char *name)
{
    static char value[1024];
    const char *line = strstr(request->headers, name);

    assert_non_null(line);
    line += strlen(name);
    assert_int_equal(strncmp(line, ": ", 2), 0);
    snprintf(value, sizeof value, "%.*s", (int)strcspn(line + 2, "\n"),
             line + 2);
    return value;
}

static char *sequence_of(int64_t version)
{
    struct request request = write_letter(version);

    return strdup(header_of(&request, "X-Sequence-ID"));
}

static void newer_message_takes_the_place_of_the_shown_one(void **state)
{
    (void)state;
    becomes(ENDPOINT_NTFY);
    char *first = sequence_of(7), *second = sequence_of(8);
    struct request request = write_letter(8);

    assert_string_equal(first, second);
    assert_string_equal(header_of(&request, "X-Version"), "8");
    recipient.row.attention = true; /* not a trouble's */
    char *trouble = sequence_of(9);

    recipient.row.attention = false;
    strcpy(recipient.row.account, "work"); /* nor another account's */
    char *other = sequence_of(10);

    endpoint.notification.tag = "%m"; /* nor another mailbox's, if so wanted */
    char *one = sequence_of(11);

    strcpy(recipient.row.mailbox, "Lists");
    char *two = sequence_of(12), *all[] = {first, trouble, other, one, two};

    for (size_t i = 0; i < COUNT(all); i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(all[i], all[j]);
        /* what ntfy takes for one */
        assert_int_equal(strspn(all[i], "0123456789abcdef"), 16);
        assert_int_equal(strlen(all[i]), 16);
    }
    for (size_t i = 0; i < COUNT(all); i++)
        free(all[i]);
    free(second);
}

/* A server may call a mailbox what it likes, but not lead a tap elsewhere. */
static void mailbox_that_would_be_another_address(void **state)
{
    struct request request;

    (void)state;
    becomes(ENDPOINT_NTFY);
    strcpy(recipient.row.mailbox, "a&user=b#/\xc3\x84");
    endpoint.notification.title = "%m";
    endpoint.notification.navigate = "https://m.example/?box=%m";
    request = write_letter(7);
    assert_string_equal(header_of(&request, "Title"), "a&user=b#/\xc3\x84");
    assert_string_equal(header_of(&request, "Click"),
                        "https://m.example/?box=a%26user%3Db%23%2F%C3%84");
    becomes(ENDPOINT_WEBPUSH);
    endpoint.notification.title = "%m";
    endpoint.notification.navigate = "https://m.example/?box=%m";
    request = write_letter(7);
    assert_string_equal(request.title, "a&user=b#/\xc3\x84");
    assert_string_equal(request.navigate,
                        "https://m.example/?box=a%26user%3Db%23%2F%C3%84");
}

/* A push that a person asked for says so; a newer one, or one that mail was
 * owed by as well, says what it always does. */
static void person_asked_for_it(void **state)
{
    struct request request;

    (void)state;
    becomes(ENDPOINT_NTFY);
    endpoint.notification.title = "Mail";
    endpoint.body = "in %a";
    recipient.row.assigned = 7;
    recipient.row.attention = true; /* of an older one */
    recipient.trial = (struct trial){.version = 7, .alone = true};
    request = write_letter(7);
    assert_string_equal(header_of(&request, "Title"), "imappushd test");
    assert_string_equal(request.body, "Pushes reach this phone.");
    recipient.row.attention = false;
    recipient.row.assigned = 8;
    request = write_letter(8);
    assert_string_equal(header_of(&request, "Title"), "Mail");
    assert_string_equal(request.body, "in home");
    recipient.trial = (struct trial){.version = 8, .alone = false};
    request = write_letter(8);
    assert_string_equal(header_of(&request, "Title"), "Mail");
    becomes(ENDPOINT_WEBPUSH);
    recipient.trial.alone = true;
    request = write_letter(8);
    assert_string_equal(request.title, "imappushd test");
    assert_string_equal(request.tag, "imappushd-test");
    becomes(ENDPOINT_PUT); /* which shows nothing by itself */
    request = write_letter(8);
    assert_string_equal(request.body, "home: new mail");
}

/* The push for a URL that has changed is about no event. */
static void nobody_to_name(void **state)
{
    struct request request;

    (void)state;
    becomes(ENDPOINT_NTFY);
    recipient.row.account[0] = recipient.row.mailbox[0] = '\0';
    assert_string_equal(write_letter(7).body, "New mail");
    endpoint.body = "You have mail (%v)";
    assert_string_equal(write_letter(7).body, "You have mail (7)");
    becomes(ENDPOINT_WEBPUSH);
    endpoint.notification.title = "Mail for %a";
    request = write_letter(7);
    assert_string_equal(request.title, "New mail");
    assert_string_equal(request.body, "");
}

/* A sign of life is short by itself, and must not be taken for mail. */
static void texts_are_too_large(void **state)
{
    struct request request;

    (void)state;
    becomes(ENDPOINT_WEBPUSH);
    endpoint.alive_s = 3600;
    assert_false(write_letter(7).small);
    recipient.small = true;
    assert_true(write_letter(8).small);
    letter_write_sign(&recipient, record);
    record->position = 1; /* as if it had been received */
    assert_int_equal(request_read(record, &request), 0);
    assert_true(request.alive);
    assert_false(request.small);
}

/* All that an account's trouble is known by, the account included, so that two
 * of them do not hide one another. */
static void trouble_has_a_tag_of_its_own(void **state)
{
    struct request request;

    (void)state;
    becomes(ENDPOINT_WEBPUSH);
    request = write_letter(7);
    assert_string_equal(request.tag, "mail");
    assert_string_equal(request.account, "");
    recipient.row.attention = true;
    endpoint.payload = PAYLOAD_ACCOUNT;
    strcpy(recipient.row.mailbox, "login refused");
    request = write_letter(8);
    assert_string_equal(request.title, "home");
    assert_string_equal(request.body, "login refused");
    assert_string_equal(request.tag, "attention-home");
    assert_string_equal(request.account, "home");
    assert_int_equal(request.version, 8);
}

/* The newest mail is known, and the endpoint shows it. */
static struct shown newest;

static void shows(const char *from, const char *subject)
{
    becomes(ENDPOINT_WEBPUSH);
    endpoint.payload = PAYLOAD_HEADERS;
    recipient.shown = &newest;
    recipient.row.attention = false;
    newest = (struct shown){0};
    strcpy(newest.letterhead.from, from);
    strcpy(newest.letterhead.subject, subject);
}

static void sender_and_subject_are_shown(void **state)
{
    (void)state;
    shows("Bob %a", "100%v");
    struct request request = write_letter(7);

    assert_string_equal(request.title, "Bob %a"); /* is no template */
    assert_string_equal(request.body, "100%v");
    assert_string_equal(request.mail_from, "Bob %a");
    assert_string_equal(request.mail_subject, "100%v");
    assert_string_equal(request.account, "home");
    assert_string_equal(request.tag, "mail");
    shows("Bob", "");
    request = write_letter(7);
    assert_string_equal(request.title, "Bob");
    assert_string_equal(request.body, "");
    shows("", "Hello");
    request = write_letter(7);
    assert_string_equal(request.title, "New mail");
    assert_string_equal(request.body, "Hello");
}

/* What the owner wrote stays; the rest shows what he asked for. */
static void owner_has_words_of_his_own(void **state)
{
    static const struct {
        const char *title, *body; /* null: not set */
        const char *shown_title, *shown_body;
    } cases[] = {
        {NULL, NULL, "Bob", "Hello"},
        {"Mail for %a", NULL, "Mail for home", "Bob: Hello"},
        {NULL, "for %a", "Bob", "for home"},
        {NULL, "", "Bob", ""},
        {"Mail", "%v", "Mail", "7"},
        {"", NULL, "Bob", "Hello"}, /* a notification has a title */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct notification *shown = &endpoint.notification;

        shows("Bob", "Hello");
        shown->own_title = cases[i].title;
        shown->own_body = cases[i].body;
        shown->title = cases[i].title ? cases[i].title : shown->title;
        shown->body = cases[i].body ? cases[i].body : shown->body;
        struct request request = write_letter(7);

        assert_string_equal(request.title, cases[i].shown_title);
        assert_string_equal(request.body, cases[i].shown_body);
        assert_string_equal(request.mail_from, "Bob");
        assert_string_equal(request.mail_subject, "Hello");
    }
    shows("", "Hello");
    endpoint.notification.own_title = true;
    assert_string_equal(write_letter(7).body, "Hello");
    shows("Bob", "");
    endpoint.notification.own_title = true;
    assert_string_equal(write_letter(7).body, "Bob");
}

/* Then it is what payload = "account" says. */
static void nothing_to_show_or_nobody_who_shows_it(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        shows("Bob", "Hello");
        endpoint.payload = i == 0   ? PAYLOAD_SIGNAL
                           : i == 1 ? PAYLOAD_ACCOUNT
                                    : PAYLOAD_HEADERS;
        recipient.row.attention = i == 2;
        recipient.shown = i == 3 ? NULL : &newest;
        struct request request = write_letter(7);

        assert_string_equal(request.title, i == 2 ? "home" : "New mail");
        assert_string_equal(request.body, i == 2 ? recipient.row.mailbox : "");
        assert_string_equal(request.mail_from, "");
        assert_string_equal(request.mail_subject, "");
        assert_string_equal(request.account, i == 0 ? "" : "home");
    }
}

/* Which may be due while a mail waits for a ledger. */
static void sign_of_life_is_about_no_mail(void **state)
{
    struct request request;

    (void)state;
    shows("Bob", "Hello");
    endpoint.alive_s = 3600;
    letter_write_sign(&recipient, record);
    record->position = 1;
    assert_int_equal(request_read(record, &request), 0);
    assert_string_equal(request.mail_from, "");
    assert_string_equal(request.mail_subject, "");
    assert_string_equal(request.body, "");
    assert_string_equal(request.account, "");
    assert_true(request.alive);
}

/* ---- too long ---- */

/* count times the word; free() it */
static char *repeat(const char *word, size_t count)
{
    size_t length = strlen(word);
    char *text = calloc(count + 1, length);

    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * length, word, length);
    return text;
}

static void assert_too_long(void)
{
    int fds[2];

    letter_write(&recipient, 7, record);
    assert_true(record->bad);
    assert_int_equal(record_pair(fds), 0);
    assert_int_equal(record_send(fds[0], record), -1);
    close(fds[0]);
    close(fds[1]);
    record->position = 1;
    assert_false(record_complete(record));
}

/* A name of a thousand bytes, a hundred times. */
static void names_that_make_it_too_long(void **state)
{
    char *name = repeat("x", MAILBOX_NAME_MAX), *body = repeat("%m", 100);
    char *headers[] = {repeat("X: %m", 100)};
    const char *const lines[] = {headers[0]};

    (void)state;
    strcpy(recipient.row.mailbox, name);
    endpoint.body = body;
    assert_too_long();
    endpoint.body = "";
    endpoint.headers = lines;
    endpoint.header_count = 1;
    assert_too_long();
    endpoint.header_count = 0;
    endpoint.body = "%v"; /* and then all is well again */
    assert_string_equal(write_letter(7).body, "7");
    free(name);
    free(body);
    free(headers[0]);
}

/* What the configuration allows goes through, all of it at once. */
static void largest_request_that_can_be_configured(void **state)
{
    char *url = repeat("u", REQUEST_URL_MAX);
    char *header = repeat("h", REQUEST_HEADERS_MAX - 1);
    char *body = repeat("b", REQUEST_BODY_MAX), *path = repeat("p", 4095);
    const char *const headers[] = {header};

    (void)state;
    endpoint.url = url;
    endpoint.headers = headers;
    endpoint.header_count = 1;
    endpoint.body = body;
    endpoint.ca_file = path;
    struct request request = write_letter(7);

    assert_int_equal(strlen(request.url), REQUEST_URL_MAX);
    assert_int_equal(strlen(request.headers), REQUEST_HEADERS_MAX);
    assert_int_equal(strlen(request.body), REQUEST_BODY_MAX);
    assert_int_equal(strlen(request.ca_file), 4095);
    free(url);
    free(header);
    free(body);
    free(path);
}

/* ---- secret ---- */

static void letter_does_not_reach_a_child(void **state)
{
    int status;

    (void)state;
    endpoint.body = "token";
    write_letter(7);
    pid_t child = fork();

    if (child == 0) {
        bool empty = true;

        for (size_t i = 0; i < sizeof record->data; i++)
            empty = empty && record->data[i] == 0;
        _exit(empty ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define WITH_RECIPIENT(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECIPIENT(request_as_it_was_configured),
        WITH_RECIPIENT(templates),
        WITH_RECIPIENT(mailbox_that_would_be_another_version),
        WITH_RECIPIENT(mailbox_that_would_be_a_header),
        WITH_RECIPIENT(largest_version),
        WITH_RECIPIENT(headers_are_templates_too),
        WITH_RECIPIENT(event_of_no_mailbox),
        WITH_RECIPIENT(shorter_letter_after_a_longer_one),
        WITH_RECIPIENT(newer_message_takes_the_place_of_the_shown_one),
        WITH_RECIPIENT(mailbox_that_would_be_another_address),
        WITH_RECIPIENT(person_asked_for_it),
        WITH_RECIPIENT(nobody_to_name),
        WITH_RECIPIENT(texts_are_too_large),
        WITH_RECIPIENT(trouble_has_a_tag_of_its_own),
        WITH_RECIPIENT(sender_and_subject_are_shown),
        WITH_RECIPIENT(owner_has_words_of_his_own),
        WITH_RECIPIENT(nothing_to_show_or_nobody_who_shows_it),
        WITH_RECIPIENT(sign_of_life_is_about_no_mail),
        WITH_RECIPIENT(names_that_make_it_too_long),
        WITH_RECIPIENT(largest_request_that_can_be_configured),
        WITH_RECIPIENT(letter_does_not_reach_a_child),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
