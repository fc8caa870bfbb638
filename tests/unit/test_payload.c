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
    request.small = true;
    write_payload(&request);
    assert_string_equal(value(true, "title"), "New mail");
    assert_string_equal(value(true, "tag"), "mail");
    assert_null(value(true, "body"));
    assert_null(value(true, "navigate"));
    assert_null(value(false, "account"));
    assert_non_null(strstr(text, "\"version\":1795568943000001}"));
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
