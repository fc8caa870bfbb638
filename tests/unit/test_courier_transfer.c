/*
 * What goes over the wire, and what is made of each kind of answer.
 */
#include "courier_rig.h"

#include <ifaddrs.h>
#include <net/if.h>

/* ---- the request ---- */

static void request_on_the_wire(void **state)
{
    struct server server;
    struct rig rig;
    char wanted[1000];

    (void)state;
    server_start(&server, talk_answer, HTTP_OK);
    rig_start(&rig, &patient);
    struct outcome outcome =
        rig_send(&rig, (struct request){.id = 7, .url = server_url(&server)});

    assert_int_equal(outcome.id, 7);
    assert_int_equal(outcome.kind, OUTCOME_ANSWER);
    assert_int_equal(outcome.status, 200);
    assert_int_equal(outcome.date_s, 0);
    snprintf(wanted, sizeof wanted,
             "PUT /" TOKEN " HTTP/1.1\r\n"
             "Host: 127.0.0.1:%d\r\n"
             "User-Agent: imappushd/" IMAPPUSHD_VERSION "\r\n"
             "Accept: */*\r\n"
             "Content-Length: 24\r\n"
             "Content-Type: application/x-www-form-urlencoded\r\n"
             "\r\n"
             "version=1795568943000001",
             server.port);
    assert_string_equal(server.seen->request, wanted);
    rig_stop(&rig);
    server_stop(&server);
}

static void headers_of_a_request_replace_ours(void **state)
{
    struct server server;
    struct rig rig;

    (void)state;
    server_start(&server, talk_answer, HTTP_OK);
    rig_start(&rig, &patient);
    rig_send(&rig, (struct request){.url = server_url(&server),
                                    .method = "POST",
                                    .headers = "content-type: text/plain\n"
                                               "User-Agent: somebody\n"
                                               "Priority: high\n"
                                               "X-Empty:\n",
                                    .body = "New mail"});
    const char *request = server.seen->request;

    assert_int_equal(strncmp(request, "POST /", 6), 0);
    assert_non_null(strstr(request, "\r\ncontent-type: text/plain\r\n"));
    assert_null(strstr(request, "x-www-form-urlencoded"));
    assert_non_null(strstr(request, "\r\nUser-Agent: somebody\r\n"));
    assert_null(strstr(request, "imappushd"));
    assert_non_null(strstr(request, "\r\nPriority: high\r\n"));
    assert_non_null(strstr(request, "\r\nX-Empty:\r\n"));
    assert_non_null(strstr(request, "\r\n\r\nNew mail"));
    rig_stop(&rig);
    server_stop(&server);
}

/* C46: sent whole, or refused; never cut. */
static void long_url_is_sent_whole(void **state)
{
    static char url[REQUEST_URL_MAX + 2];
    struct server server;
    struct rig rig;

    (void)state;
    server_start(&server, talk_answer, HTTP_OK);
    rig_start(&rig, &patient);
    memset(url, 'x', sizeof url - 1);
    memcpy(url, server_url(&server), strlen(server_url(&server)));
    url[REQUEST_URL_MAX] = '\0';
    assert_int_equal(rig_send(&rig, (struct request){.url = url}).status, 200);
    const char *path = strchr(url + strlen("http://"), '/');

    assert_int_equal(
        strncmp(server.seen->request + strlen("PUT "), path, strlen(path)), 0);
    url[REQUEST_URL_MAX] = 'x';
    assert_int_equal(rig_send(&rig, (struct request){.url = url}).kind,
                     OUTCOME_REFUSED);
    rig_stop(&rig);
    server_stop(&server);
}

/* A proxy in the environment would learn the URL. */
static void proxy_of_the_environment_is_ignored(void **state)
{
    struct server server;
    struct rig rig;

    (void)state;
    server_start(&server, talk_answer, HTTP_OK);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    rig_start(&rig, &patient);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    assert_int_equal(
        rig_send(&rig, (struct request){.url = server_url(&server)}).status,
        200);
    rig_stop(&rig);
    server_stop(&server);
}

/* ---- answers ---- */

static struct outcome answered(struct rig *rig, const char *answer,
                               unsigned *requests)
{
    struct server server;

    server_start(&server, talk_answer, answer);
    struct outcome outcome =
        rig_send(rig, (struct request){.url = server_url(&server)});

    *requests = server.seen->requests;
    server_stop(&server);
    return outcome;
}

/* C42: a redirected PUT may arrive empty or as a GET, so none is followed. */
static void any_status_is_an_answer(void **state)
{
    static const int statuses[] = {200, 201, 202, 204, 301, 302, 303,
                                   307, 308, 400, 401, 404, 405, 410,
                                   413, 417, 429, 500, 503, 507, 999};
    char answer[200];
    struct rig rig;

    (void)state;
    rig_start(&rig, &patient);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        unsigned requests = 0;

        snprintf(answer, sizeof answer,
                 "HTTP/1.1 %d Whatever\r\nLocation: /new\r\n"
                 "Content-Length: 0\r\n\r\n",
                 statuses[i]);
        struct outcome outcome = answered(&rig, answer, &requests);

        assert_int_equal(outcome.kind, OUTCOME_ANSWER);
        assert_int_equal(outcome.status, statuses[i]);
        assert_int_equal(requests, 1);
    }
    rig_stop(&rig);
}

/* C44 */
static void nonsense_in_retry_after_is_no_wait(void **state)
{
    static const struct {
        const char *value;
        int64_t wait_s;
    } cases[] = {
        {"5", 5},
        {"3600", 3600},
        {"3601", 3600},
        {"9223372036854775807", 3600},
        {"Wed, 25 Nov 2099 00:00:00 GMT", 3600},
        {"Wed, 25 Nov 2015 00:00:00 GMT", 0},
        {"0", 0},
        {"-5", 0},
        {"soon", 0},
    };
    char answer[200];
    unsigned requests;
    struct rig rig;

    (void)state;
    rig_start(&rig, &patient);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 429 Slowly\r\nRetry-After: %s\r\n"
                 "Content-Length: 0\r\n\r\n",
                 cases[i].value);
        struct outcome outcome = answered(&rig, answer, &requests);

        assert_int_equal(outcome.status, 429);
        assert_int_equal(outcome.retry_after_s, cases[i].wait_s);
    }
    /* no wait, or the longest: that depends on libcurl's version */
    struct outcome huge = answered(&rig,
                                   "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n"
                                   "Retry-After: 99999999999999999999\r\n\r\n",
                                   &requests);

    assert_true(huge.retry_after_s == 0 || huge.retry_after_s == 3600);
    rig_stop(&rig);
}

static void date_without_tls_is_not_believed(void **state)
{
    unsigned requests;
    struct rig rig;

    (void)state;
    rig_start(&rig, &patient);
    assert_int_equal(answered(&rig,
                              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
                              "Date: Tue, 24 Nov 2026 10:00:00 GMT\r\n\r\n",
                              &requests)
                         .date_s,
                     0);
    rig_stop(&rig);
}

/* ---- what is not sent ---- */

static void what_may_not_be_sent_is_refused(void **state)
{
    static const struct request refused[] = {
        {.url = "file:///etc/passwd"},
        {.url = "ftp://127.0.0.1/" TOKEN},
        {.url = "127.0.0.1/" TOKEN},
        {.url = "https:///" TOKEN},
        {.url = "https:/" TOKEN},
        {.url = "http://"},
        {.url = ""},
        {.url = "http://127.0.0.1/a b"},
        {.url = "http://127.0.0.1:99999/"},
        {.url = "http://127.0.0.1/", .method = "GET"},
        {.url = "http://127.0.0.1/", .method = "PUT / HTTP/1.1\r\nX:"},
        {.url = "http://127.0.0.1/", .headers = "Content-Length: 9\n"},
    };
    struct rig rig;

    (void)state;
    rig_start(&rig, &patient);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct outcome outcome = rig_send(&rig, refused[i]);

        assert_int_equal(outcome.kind, OUTCOME_REFUSED);
        assert_true(*outcome.text);
    }
    rig_stop(&rig);
}

static bool own_address(char text[INET6_ADDRSTRLEN])
{
    struct ifaddrs *list = NULL;
    bool found = false;

    if (getifaddrs(&list) < 0)
        return false;
    for (struct ifaddrs *at = list; at && !found; at = at->ifa_next) {
        if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET ||
            (at->ifa_flags & IFF_LOOPBACK))
            continue;
        const void *in = &((struct sockaddr_in *)at->ifa_addr)->sin_addr;

        found = inet_ntop(AF_INET, in, text, INET6_ADDRSTRLEN) != NULL;
    }
    freeifaddrs(list);
    return found;
}

/* Also when a connection from an allowed request is there to be used again. */
static void plain_http_stays_on_loopback(void **state)
{
    char address[INET6_ADDRSTRLEN];
    struct server server;
    struct rig rig;

    (void)state;
    if (!own_address(address) ||
        !server_start_on(&server, address, talk_answer, HTTP_OK))
        skip();
    rig_start(&rig, &patient);
    struct request request = {.url = url_of(&server, "http", address)};

    assert_int_equal(rig_send(&rig, request).kind, OUTCOME_REFUSED);
    assert_int_equal(server.seen->connections, 0);
    request.insecure_http = true;
    assert_int_equal(rig_send(&rig, request).status, 200);
    request.insecure_http = false;
    assert_int_equal(rig_send(&rig, request).kind, OUTCOME_REFUSED);
    assert_int_equal(server.seen->requests, 1);
    rig_stop(&rig);
    server_stop(&server);
}

static void ipv6_loopback_is_loopback(void **state)
{
    struct server server;
    struct rig rig;

    (void)state;
    if (!server_start_on(&server, "::1", talk_answer, HTTP_OK))
        skip();
    rig_start(&rig, &patient);
    assert_int_equal(
        rig_send(&rig,
                 (struct request){.url = url_of(&server, "http", "[::1]")})
            .status,
        200);
    rig_stop(&rig);
    server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_on_the_wire),
        cmocka_unit_test(headers_of_a_request_replace_ours),
        cmocka_unit_test(long_url_is_sent_whole),
        cmocka_unit_test(proxy_of_the_environment_is_ignored),
        cmocka_unit_test(any_status_is_an_answer),
        cmocka_unit_test(nonsense_in_retry_after_is_no_wait),
        cmocka_unit_test(date_without_tls_is_not_believed),
        cmocka_unit_test(what_may_not_be_sent_is_refused),
        cmocka_unit_test(plain_http_stays_on_loopback),
        cmocka_unit_test(ipv6_loopback_is_loopback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
