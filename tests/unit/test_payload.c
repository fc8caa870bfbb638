/*
 * What is sealed for a phone: JSON that says it all, or less where it is too
 * much. Read again by a parser, because the order and the spaces are free.
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

#include <cjson/cJSON.h>

#include "courier/payload.h"

static char *text;
static cJSON *json;

static int end(void **state)
{
    (void)state;
    cJSON_Delete(json);
    free(text);
    json = NULL;
    text = NULL;
    return 0;
}

static void write_payload(const struct request *request)
{
    end(NULL);
    text = payload_write(request);
    json = cJSON_Parse(text);
    assert_non_null(json);
}

/* Of the notification, if shown; null where it is not there. */
static const char *value(bool shown, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
        shown ? cJSON_GetObjectItemCaseSensitive(json, "notification") : json,
        name));
}

static struct request plain_request(void)
{
    return (struct request){.title = "New mail",
                            .body = "",
                            .tag = "mail",
                            .navigate = "",
                            .account = "",
                            .mail_from = "",
                            .mail_subject = "",
                            .version = 1795568943000001};
}

/* Safari reads it by itself, others by a script: names as in WebKit's
 * explanation of declarative messages. */
static void message_that_browsers_know(void **state)
{
    struct request request = plain_request();

    (void)state;
    write_payload(&request);
    assert_int_equal(cJSON_GetNumberValue(
                         cJSON_GetObjectItemCaseSensitive(json, "web_push")),
                     8030);
    assert_string_equal(value(true, "title"), "New mail");
    assert_string_equal(value(true, "tag"), "mail");
    assert_null(value(true, "body"));
    assert_null(value(true, "navigate"));
    assert_null(value(false, "account"));
    request.body = "in INBOX";
    request.navigate = "https://mail.example/";
    request.account = "work";
    write_payload(&request);
    assert_string_equal(value(true, "body"), "in INBOX");
    assert_string_equal(value(true, "navigate"), "https://mail.example/");
    assert_string_equal(value(false, "account"), "work");
}

/* All the way to the last number that a phone can tell from the next. */
static void version_to_the_last_digit(void **state)
{
    static const int64_t versions[] = {1, 1795568943000001, 4503599627370497,
                                       9007199254740991};

    (void)state;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        struct request request = plain_request();
        char wanted[40];

        request.version = versions[i];
        snprintf(wanted, sizeof wanted, "\"version\":%lld}",
                 (long long)versions[i]);
        write_payload(&request);
        assert_non_null(strstr(text, wanted));
    }
}

/* A server may call a mailbox what it likes. */
static void names_that_would_be_more_than_names(void **state)
{
    static const char name[] =
        "a\",\"version\":9,\"b\":\"\\ \xc3\x84 \xf0\x9f\x98\x80";
    struct request request = plain_request();

    (void)state;
    request.title = request.body = request.account = name;
    write_payload(&request);
    assert_string_equal(value(true, "title"), name);
    assert_string_equal(value(true, "body"), name);
    assert_string_equal(value(false, "account"), name);
    assert_int_equal(cJSON_GetArraySize(json), 4);
}

/* Then the phone learns that there is mail, and no more. */
static void more_than_a_message_holds(void **state)
{
    static char words[4096];
    struct request request = plain_request();

    (void)state;
    memset(words, '"', sizeof words - 1); /* each takes two */
    request.title = request.body = request.navigate = words;
    request.account = "work";
    write_payload(&request);
    assert_true(strlen(text) <= 2000);
    assert_string_equal(value(true, "title"), "New mail");
    assert_string_equal(value(true, "tag"), "mail");
    assert_null(value(true, "body"));
    request.tag = words;
    write_payload(&request);
    assert_true(strlen(text) <= 2000);
    assert_null(value(true, "tag"));
    assert_non_null(strstr(text, "\"version\":1795568943000001}"));
}

/* The phone must not take it for mail. */
static void sign_of_life(void **state)
{
    struct request request = plain_request();

    (void)state;
    request.alive = true;
    request.version = 0; /* there was no push yet */
    write_payload(&request);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "alive")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(json, "notification"), "silent")));
    assert_null(cJSON_GetObjectItemCaseSensitive(json, "version"));
}

/* A push service said that it is too much (413). */
static void less_than_a_message_holds(void **state)
{
    struct request request = plain_request();

    (void)state;
    request.title = "Mail for work";
    request.body = "in INBOX";
    request.navigate = "https://mail.example/";
    request.account = "work";
    request.mail_from = "Bob";
    request.mail_subject = "Hello";
    request.small = true;
    write_payload(&request);
    assert_string_equal(value(true, "title"), "New mail");
    assert_string_equal(value(true, "tag"), "mail");
    assert_null(value(true, "body"));
    assert_null(value(true, "navigate"));
    assert_null(value(false, "account"));
    assert_null(value(false, "from"));
    assert_null(value(false, "subject"));
    assert_non_null(strstr(text, "\"version\":1795568943000001}"));
}

static void sender_and_subject(void **state)
{
    struct request request = plain_request();

    (void)state;
    write_payload(&request);
    assert_null(value(false, "from"));
    assert_null(value(false, "subject"));
    request.title = request.mail_from = "Bj\xc3\xb6rn";
    request.body = request.mail_subject = "\"Hello\"\\";
    write_payload(&request);
    assert_string_equal(value(true, "title"), "Bj\xc3\xb6rn");
    assert_string_equal(value(true, "body"), "\"Hello\"\\");
    assert_string_equal(value(false, "from"), "Bj\xc3\xb6rn");
    assert_string_equal(value(false, "subject"), "\"Hello\"\\");
}

/* count times the word */
static const char *repeat(char *into, const char *word, size_t count)
{
    *into = '\0';
    while (count-- > 0)
        strcat(into, word);
    return into;
}

/* What people read is cut before it is left out, and never within a character;
 * what a tap leads to is never cut. */
static void long_words_beside_a_long_address(void **state)
{
    static const char *const words[] = {"x", "\"", "\xc3\xa4",
                                        "\xf0\x9f\x98\x80"};
    static char from[4096], subject[4096], navigate[4096];
    unsigned cut = 0;

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        for (size_t length = 0; length <= 1500; length += 50) {
            struct request request = plain_request();

            repeat(from, words[i], 120 / strlen(words[i]));
            repeat(subject, words[i], 400 / strlen(words[i]));
            request.title = request.mail_from = from;
            request.body = request.mail_subject = subject;
            request.navigate = repeat(navigate, "n", length);
            write_payload(&request);
            assert_true(strlen(text) <= 2000);
            const char *shown = value(false, "subject");

            if (!shown) {
                assert_null(value(true, "body"));
                assert_string_equal(value(true, "title"), "New mail");
                assert_true(length > 1000);
                continue;
            }
            assert_string_equal(shown, value(true, "body"));
            if (length > 0)
                assert_string_equal(value(true, "navigate"), navigate);
            if (strcmp(shown, subject) == 0)
                continue;
            cut++;
            size_t left = strlen(shown) - 3;

            assert_string_equal(shown + left, "\xe2\x80\xa6");
            assert_int_equal(left % strlen(words[i]), 0);
            assert_memory_equal(shown, subject, left);
        }
    }
    assert_true(cut > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(message_that_browsers_know, end),
        cmocka_unit_test_teardown(version_to_the_last_digit, end),
        cmocka_unit_test_teardown(names_that_would_be_more_than_names, end),
        cmocka_unit_test_teardown(more_than_a_message_holds, end),
        cmocka_unit_test_teardown(sign_of_life, end),
        cmocka_unit_test_teardown(less_than_a_message_holds, end),
        cmocka_unit_test_teardown(sender_and_subject, end),
        cmocka_unit_test_teardown(long_words_beside_a_long_address, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
