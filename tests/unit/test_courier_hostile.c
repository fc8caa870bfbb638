/*
 * Servers that hang, flood or break off, and a core that goes away: each must
 * lead to one outcome in bounded time, and cost nobody else anything.
 */
#include "courier_rig.h"

#include <sysexits.h>

static const struct courier_patience hasty = {.request_ms = 700,
                                              .body_ms = 300,
                                              .kept_ms = 60 * SECOND,
                                              .quiet_ms = 60 * SECOND};

/* Asks a server that talks so, and expects the outcome within limit_ms. */
static struct outcome asked(const struct courier_patience *patience,
                            talker *talk, const void *script, int limit_ms)
{
    static struct outcome outcome;
    static char text[400];
    struct server server;
    struct rig rig;

    server_start(&server, talk, script);
    rig_start(&rig, patience);
    int64_t began_ms = clock_boottime_ms();

    outcome = rig_send(&rig, (struct request){.url = server_url(&server)});
    assert_in_range(clock_boottime_ms() - began_ms, 0, limit_ms);
    assert_int_equal(server.seen->requests, 1);
    snprintf(text, sizeof text, "%s", outcome.text);
    outcome.text = text;
    rig_stop(&rig);
    server_stop(&server);
    return outcome;
}

static void assert_unreachable(struct outcome outcome)
{
    assert_int_equal(outcome.kind, OUTCOME_UNREACHABLE);
    assert_int_equal(outcome.status, 0);
    assert_true(*outcome.text);
}

/* ---- no answer ---- */

static void talk_reset(int fd, struct seen *seen, const void *script)
{
    struct linger now = {.l_onoff = 1};

    (void)script;
    read_request(fd, seen);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void connection_breaks_off(void **state)
{
    (void)state;
    assert_unreachable(asked(&patient, talk_reset, NULL, 5 * SECOND));
    assert_unreachable(asked(&patient, talk_once, "", 5 * SECOND));
    assert_unreachable(asked(&patient, talk_once, "HTTP/1.1 20", 5 * SECOND));
}

static void nobody_listens(void **state)
{
    struct server server;
    struct rig rig;

    (void)state;
    server_start(&server, talk_answer, HTTP_OK);
    server_stop(&server);
    rig_start(&rig, &patient);
    assert_unreachable(
        rig_send(&rig, (struct request){.url = server_url(&server)}));
    rig_stop(&rig);
}

static void server_never_answers(void **state)
{
    (void)state;
    assert_unreachable(asked(&hasty, talk_and_hang, "", 5 * SECOND));
    assert_unreachable(asked(&hasty, talk_and_hang,
                             "HTTP/1.1 102 Processing\r\n\r\n", 5 * SECOND));
}

static void it_is_no_http_server(void **state)
{
    (void)state;
    assert_unreachable(
        asked(&patient, talk_once, "* OK IMAP4rev1 ready\r\n", 5 * SECOND));
}

/* A server that knows the URL must not bring it into a log. */
static void server_repeats_the_path(void **state)
{
    (void)state; /* rig_outcome() looks for it */
    asked(&patient, talk_once, "/" TOKEN "\r\n\r\n", 5 * SECOND);
    asked(&patient, talk_once, "HTTP/1.1 /" TOKEN "\r\n\r\n", 5 * SECOND);
    asked(&patient, talk_once, "HTTP/7." TOKEN " 200\r\n\r\n", 5 * SECOND);
}

/* ---- answers without an end ---- */

struct flood {
    const char *first;
    const char *then; /* again and again */
};

static void talk_flood(int fd, struct seen *seen, const void *script)
{
    const struct flood *flood = script;

    if (!read_request(fd, seen))
        return;
    say(fd, flood->first);
    for (;;)
        say(fd, flood->then);
}

#define KILOBYTE                                                               \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"

/* C45: the status is known, so the rest does not matter. */
static void answer_without_end_is_cut(void **state)
{
    static const struct flood floods[] = {
        {"HTTP/1.1 201 Created\r\nContent-Length: 1000000000\r\n\r\n",
         KILOBYTE},
        {"HTTP/1.1 201 Created\r\n\r\n", KILOBYTE},
        {"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n",
         "4\r\nxxxx\r\n"},
        {"HTTP/1.1 201 Created\r\n", "X: y\r\n"},
        {"HTTP/1.1 201 Created\r\nX: ", KILOBYTE},
        {"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
         "X: y\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
        struct outcome outcome =
            asked(&patient, talk_flood, &floods[i], 5 * SECOND);

        assert_int_equal(outcome.kind, OUTCOME_ANSWER);
        assert_int_equal(outcome.status, 201);
    }
}

static void promises_without_end_are_no_answer(void **state)
{
    static const struct flood floods[] = {
        {"", "HTTP/1.1 100 Continue\r\n\r\n"},
        {"HTTP/1.1 200 ", KILOBYTE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof floods / sizeof *floods; i++)
        assert_unreachable(asked(&patient, talk_flood, &floods[i], 5 * SECOND));
}

static void body_that_never_comes_is_not_awaited(void **state)
{
    static const struct courier_patience brief = {.request_ms = 20 * SECOND,
                                                  .body_ms = 200,
                                                  .kept_ms = 60 * SECOND,
                                                  .quiet_ms = 60 * SECOND};

    (void)state;
    assert_int_equal(asked(&brief, talk_and_hang,
                           "HTTP/1.1 202 Stored\r\nContent-Length: 5\r\n\r\n",
                           5 * SECOND)
                         .status,
                     202);
    assert_int_equal(
        asked(&brief, talk_and_hang, "HTTP/1.1 202 Stored\r\n\r\n", 5 * SECOND)
            .status,
        202);
}

/* The deadline, or the end of the connection, comes within the headers. */
static void status_line_is_enough(void **state)
{
    static const char half[] = "HTTP/1.1 202 Stored\r\nDate: Tu";

    (void)state;
    assert_int_equal(asked(&hasty, talk_and_hang, half, 5 * SECOND).status,
                     202);
    assert_int_equal(asked(&patient, talk_once, half, 5 * SECOND).status, 202);
}

/* ---- many at once ---- */

static void hanging_server_delays_nobody(void **state)
{
    struct server hanging, server;
    struct rig rig;

    (void)state;
    server_start(&hanging, talk_and_hang, "");
    server_start(&server, talk_answer, HTTP_OK);
    rig_start(&rig, &patient);
    for (int i = 1; i < COURIER_TRANSFERS; i++)
        rig_ask(&rig, (struct request){.id = i, .url = server_url(&hanging)});
    struct outcome outcome =
        rig_send(&rig, (struct request){.id = 99, .url = server_url(&server)});

    assert_int_equal(outcome.id, 99);
    assert_int_equal(outcome.status, 200);
    rig_stop(&rig); /* and the core need not wait for the others */
    server_stop(&hanging);
    server_stop(&server);
}

static void more_than_fit_are_all_sent(void **state)
{
    enum { MANY = 3 * COURIER_TRANSFERS };
    bool answered[MANY] = {false};
    struct server server;
    struct rig rig;

    (void)state;
    server_start(&server, talk_answer, HTTP_OK);
    rig_start(&rig, &patient);
    for (int i = 0; i < MANY; i++)
        rig_ask(&rig, (struct request){.id = i, .url = server_url(&server)});
    for (int i = 0; i < MANY; i++) {
        struct outcome outcome = rig_outcome(&rig);

        assert_int_equal(outcome.status, 200);
        assert_in_range(outcome.id, 0, MANY - 1);
        assert_false(answered[outcome.id]);
        answered[outcome.id] = true;
    }
    rig_stop(&rig);
    server_stop(&server);
}

/* ---- leaving ---- */

static void leaves_when_quiet(void **state)
{
    static const struct courier_patience restless = {.request_ms = 5 * SECOND,
                                                     .body_ms = 1 * SECOND,
                                                     .kept_ms = 100,
                                                     .quiet_ms = 300};
    struct server server;
    struct rig rig;

    (void)state;
    server_start(&server, talk_answer, HTTP_OK);
    rig_start(&rig, &restless);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            rig_send(&rig, (struct request){.url = server_url(&server),
                                            .insecure_http = true})
                .status,
            200);
        usleep(150 * 1000); /* the connection is dropped meanwhile */
    }
    assert_int_equal(server.seen->connections, 3);
    assert_int_equal(rig_status(&rig), 0);
    close(rig.link);
    record_destroy(&rig.record);
    server_stop(&server);
}

static void connection_is_kept_meanwhile(void **state)
{
    struct server server;
    struct rig rig;

    (void)state;
    server_start(&server, talk_answer, HTTP_OK);
    rig_start(&rig, &patient);
    for (int i = 0; i < 3; i++)
        assert_int_equal(
            rig_send(&rig, (struct request){.url = server_url(&server),
                                            .insecure_http = true})
                .status,
            200);
    assert_int_equal(server.seen->connections, 1);
    rig_stop(&rig);
    server_stop(&server);
}

static void nonsense_from_the_core_ends_it(void **state)
{
    struct rig rig;

    (void)state;
    rig_start(&rig, &patient);
    record_start(rig.record, COURIER_REQUEST);
    record_put_number(rig.record, 1);
    assert_int_equal(record_send(rig.link, rig.record), 0);
    int status = rig_status(&rig);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EX_SOFTWARE);
    close(rig.link);
    record_destroy(&rig.record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connection_breaks_off),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(server_never_answers),
        cmocka_unit_test(it_is_no_http_server),
        cmocka_unit_test(server_repeats_the_path),
        cmocka_unit_test(answer_without_end_is_cut),
        cmocka_unit_test(promises_without_end_are_no_answer),
        cmocka_unit_test(body_that_never_comes_is_not_awaited),
        cmocka_unit_test(status_line_is_enough),
        cmocka_unit_test(hanging_server_delays_nobody),
        cmocka_unit_test(more_than_fit_are_all_sent),
        cmocka_unit_test(connection_is_kept_meanwhile),
        cmocka_unit_test(leaves_when_quiet),
        cmocka_unit_test(nonsense_from_the_core_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
