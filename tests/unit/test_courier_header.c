/*
 * The small judges of the courier: which header fields may be sent, and which
 * addresses are this machine's own.
 */
#include "base/address.h"
#include "courier/header.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void fields_become_libcurls_list(void **state)
{
    static const struct {
        const char *text;
        const char *first; /* in libcurl's spelling */
    } cases[] = {
        {"Priority: high\n", "Priority: high"},
        {"Priority:high", "Priority: high"},
        {"Priority: \t high \t\n", "Priority: high"},
        {"\n\nPriority: a:b, c\n", "Priority: a:b, c"},
        {"Title: Neue Nachricht f\xc3\xbcr dich\n",
         "Title: Neue Nachricht f\xc3\xbcr dich"},
        {"X-Empty:\n", "X-Empty;"},
        {"X-Empty:  \n", "X-Empty;"},
        {"Expected: x\n", "Expected: x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct curl_slist *list = NULL;

        assert_null(header_add(&list, cases[i].text));
        assert_non_null(list);
        assert_string_equal(list->data, cases[i].first);
        assert_null(list->next);
        curl_slist_free_all(list);
    }
}

static void each_line_is_a_field(void **state)
{
    struct curl_slist *list = NULL;

    (void)state;
    assert_null(header_add(&list, ""));
    assert_null(list);
    assert_null(header_add(&list, "A: 1\nB: 2\nA: 3\n"));
    assert_string_equal(list->next->data, "B: 2");
    assert_string_equal(list->next->next->data, "A: 3");
    assert_null(list->next->next->next);
    curl_slist_free_all(list);
}

/* Names do not depend on the case of their letters (RFC 9110 section 5.1). */
static void field_that_is_there_already(void **state)
{
    struct curl_slist *list = NULL;

    (void)state;
    assert_false(header_is_set(list, "TTL"));
    assert_null(header_add(&list, "TTL-Max: 1\nurgency: low\nTopic:\n"));
    assert_false(header_is_set(list, "TTL"));
    assert_true(header_is_set(list, "Urgency"));
    assert_true(header_is_set(list, "Topic"));
    assert_false(header_is_set(list, "Topics"));
    curl_slist_free_all(list);
}

/* A field that could end the head early, or say another length than libcurl,
 * would make one request look like two. */
static void fields_that_break_a_request_are_refused(void **state)
{
    static const char *const bad[] = {
        "Priority\n",
        ": high\n",
        "Pri ority: high\n",
        "Priority : high\n",
        " Priority: high\n",
        "Priority: high\r\n",
        "Priority: hi\x01gh\n",
        "Priority: high\x7f\n",
        "Pri\xc3\xb6rity: high\n",
        "Priority;\n",
        "Good: yes\nbad\n",
        "Content-Length: 3\n",
        "transfer-encoding: chunked\n",
        "EXPECT: 100-continue\n",
        "Connection: upgrade\n",
        "Upgrade: h2c\n",
        "TE: trailers\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct curl_slist *list = NULL;

        assert_non_null(header_add(&list, bad[i]));
        curl_slist_free_all(list);
    }
}

static bool is_loopback(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return address_is_loopback((struct sockaddr *)&v4, sizeof v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return address_is_loopback((struct sockaddr *)&v6, sizeof v6);
}

static void loopback_is_told_from_the_rest(void **state)
{
    static const char *const own[] = {"127.0.0.1", "127.255.255.254", "::1",
                                      "::ffff:127.0.0.1"};
    static const char *const others[] = {
        "0.0.0.0",   "126.255.255.255",   "128.0.0.1", "192.168.0.1",
        "10.0.0.1",  "169.254.0.1",       "::",        "::2",
        "fe80::1",   "::ffff:192.0.2.1",  "fd00::1",   "::127.0.0.1",
        "7f00:1::1", "64:ff9b::7f00:0001"};
    struct sockaddr local = {.sa_family = AF_UNIX};

    (void)state;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        assert_true(is_loopback(own[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(is_loopback(others[i]));
    assert_false(address_is_loopback(&local, sizeof local));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_become_libcurls_list),
        cmocka_unit_test(each_line_is_a_field),
        cmocka_unit_test(field_that_is_there_already),
        cmocka_unit_test(fields_that_break_a_request_are_refused),
        cmocka_unit_test(loopback_is_told_from_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
