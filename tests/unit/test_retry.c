/*
 * What follows from an outcome: the whole table, status by status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/retry.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

/* As the outbox makes one. */
static struct recipient fresh(void)
{
    static const struct endpoint endpoint = {.kind = ENDPOINT_PUT};

    return (struct recipient){
        .endpoint = &endpoint,
        .backoff = {.base_ms = 2000, .cap_ms = 15 * MINUTE}};
}

static struct retry judge(struct recipient *recipient, int status,
                          int64_t retry_after_s)
{
    const struct outcome outcome = {.kind = OUTCOME_ANSWER,
                                    .status = status,
                                    .retry_after_s = retry_after_s,
                                    .text = ""};

    return retry_judge(recipient, &outcome);
}

/* The classes as core/retry.h has them, written down again. */
enum class { PAID, BACKED_OFF, SLOW, GONE, PARKED };

static enum class class_of(int status) {
    if (status >= 200 && status <= 299) return PAID;
    if (status == 404 || status == 410) return GONE;
    if (status == 507) return SLOW;
    if (status == 408 || status == 429 ||
        (status >= 500 && status <= 599)) return BACKED_OFF;
    return PARKED;
}

static const struct expected {
    bool paid;
    enum health health;
    int64_t least_ms, most_ms; /* of the first wait */
} classes[] = {
    [PAID] = {true, HEALTH_OK, 0, INT64_MAX},
    [BACKED_OFF] = {false, HEALTH_RETRYING, 0, 2000},
    [SLOW] = {false, HEALTH_RETRYING, 5 * MINUTE, 5 * MINUTE},
    [GONE] = {false, HEALTH_GONE, 10 * MINUTE, 10 * MINUTE},
    [PARKED] = {false, HEALTH_PARKED, HOUR, HOUR},
};

static void every_status_has_its_class(void **state)
{
    (void)state;
    for (int status = 100; status <= 999; status++) {
        struct recipient recipient = fresh();
        struct retry retry = judge(&recipient, status, 0);
        const struct expected *expected = &classes[class_of(status)];

        if (retry.paid != expected->paid || retry.health != expected->health)
            fail_msg("%d: paid %d, health %d", status, retry.paid,
                     retry.health);
        if (!retry.paid)
            assert_in_range(retry.wait_ms, expected->least_ms,
                            expected->most_ms);
    }
}

static void outcomes_without_an_answer(void **state)
{
    static const struct {
        enum outcome_kind kind;
        enum health health;
        int64_t least_ms, most_ms;
    } cases[] = {
        {OUTCOME_UNREACHABLE, HEALTH_RETRYING, 0, 2000},
        {OUTCOME_CERTIFICATE, HEALTH_RETRYING, 15 * MINUTE, 15 * MINUTE},
        {OUTCOME_REFUSED, HEALTH_PARKED, HOUR, HOUR},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct recipient recipient = fresh();

        for (int tries = 0; tries < 20; tries++) {
            const struct outcome outcome = {.kind = cases[i].kind, .text = ""};
            struct retry retry = retry_judge(&recipient, &outcome);

            assert_false(retry.paid);
            assert_int_equal(retry.health, cases[i].health);
            if (tries == 0 || cases[i].least_ms > 0)
                assert_in_range(retry.wait_ms, cases[i].least_ms,
                                cases[i].most_ms);
            assert_in_range(retry.wait_ms, 0, HOUR);
        }
    }
}

/* The n-th wait is a random one below 2 s * 2^n, never over 15 minutes. */
static void server_that_is_down_for_days(void **state)
{
    struct recipient recipient = fresh();
    int64_t most_ms = 2000, sum_ms = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct retry retry = judge(&recipient, 503, 0);

        assert_in_range(retry.wait_ms, 0, most_ms);
        most_ms = most_ms * 2 < 15 * MINUTE ? most_ms * 2 : 15 * MINUTE;
        sum_ms += retry.wait_ms;
    }
    /* full jitter: half of the most, on average */
    assert_in_range(sum_ms / 1000, 6 * MINUTE, 9 * MINUTE);
}

/* ---- Retry-After ---- */

static void retry_after_is_heeded_up_to_an_hour(void **state)
{
    static const struct {
        int64_t after_s, least_ms, most_ms;
    } cases[] = {
        {0, 0, 2000},
        {1, 1000, 2000},
        {30, 30000, 30000},
        {3600, HOUR, HOUR},
        {3601, HOUR, HOUR},
        {86400, HOUR, HOUR},
        {INT64_MAX / 1000, HOUR, HOUR},
        {INT64_MAX, HOUR, HOUR},
    };
    static const int statuses[] = {408, 429, 500, 503, 599};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t j = 0; j < sizeof statuses / sizeof *statuses; j++) {
            struct recipient recipient = fresh();
            struct retry retry =
                judge(&recipient, statuses[j], cases[i].after_s);

            assert_int_equal(retry.health, HEALTH_RETRYING);
            assert_in_range(retry.wait_ms, cases[i].least_ms, cases[i].most_ms);
        }
    }
}

static void nobody_has_subscribed_yet(void **state)
{
    struct recipient recipient = fresh();

    (void)state;
    assert_int_equal(judge(&recipient, 507, 30).wait_ms, 5 * MINUTE);
    assert_int_equal(judge(&recipient, 507, 1200).wait_ms, 20 * MINUTE);
    assert_int_equal(judge(&recipient, 507, 9999).wait_ms, HOUR);
}

/* ---- too large ---- */

static void web_push_is_sent_once_more_in_small(void **state)
{
    static const struct endpoint endpoint = {.kind = ENDPOINT_WEBPUSH};
    struct recipient recipient = fresh();

    (void)state;
    recipient.endpoint = &endpoint;
    struct retry retry = judge(&recipient, 413, 0);

    assert_false(retry.paid);
    assert_int_equal(retry.health, HEALTH_RETRYING);
    assert_int_equal(retry.wait_ms, 1000);
    assert_true(recipient.small);
    assert_true(judge(&recipient, 201, 0).paid);
    assert_true(recipient.small); /* for the next would be too large as well */
    assert_int_equal(judge(&recipient, 413, 0).health, HEALTH_PARKED);
}

static void what_the_owner_wrote_is_not_made_smaller(void **state)
{
    static const struct endpoint ntfy = {.kind = ENDPOINT_NTFY};
    struct recipient put = fresh(), other = fresh();

    (void)state;
    other.endpoint = &ntfy;
    assert_int_equal(judge(&put, 413, 0).health, HEALTH_PARKED);
    assert_int_equal(judge(&other, 413, 0).health, HEALTH_PARKED);
    assert_false(put.small || other.small);
}

/* ---- gone ---- */

static void gone_endpoint_is_probed_ever_more_rarely(void **state)
{
    static const int64_t waits[] = {10 * MINUTE, HOUR, 24 * HOUR, 24 * HOUR,
                                    24 * HOUR};
    struct recipient recipient = fresh();

    (void)state;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        struct retry retry = judge(&recipient, i % 2 ? 410 : 404, 7);

        assert_int_equal(retry.health, HEALTH_GONE);
        assert_int_equal(retry.wait_ms, waits[i]);
    }
}

static void gone_endpoint_comes_back(void **state)
{
    struct recipient recipient = fresh();

    (void)state;
    for (int i = 0; i < 5; i++)
        judge(&recipient, 404, 0);
    assert_true(judge(&recipient, 201, 0).paid);
    assert_int_equal(judge(&recipient, 404, 0).wait_ms, 10 * MINUTE);
}

/* A proxy says 404 while what is behind it restarts, then 502. */
static void trouble_of_two_kinds(void **state)
{
    struct recipient recipient = fresh();

    (void)state;
    assert_int_equal(judge(&recipient, 404, 0).health, HEALTH_GONE);
    assert_int_equal(judge(&recipient, 502, 0).health, HEALTH_RETRYING);
    assert_int_equal(judge(&recipient, 403, 0).health, HEALTH_PARKED);
    assert_int_equal(judge(&recipient, 204, 0).health, HEALTH_OK);
    assert_int_equal(recipient.backoff.tries, 0);
    assert_int_equal(recipient.row.probes, 0);
    assert_in_range(judge(&recipient, 502, 0).wait_ms, 0, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_class),
        cmocka_unit_test(outcomes_without_an_answer),
        cmocka_unit_test(server_that_is_down_for_days),
        cmocka_unit_test(retry_after_is_heeded_up_to_an_hour),
        cmocka_unit_test(nobody_has_subscribed_yet),
        cmocka_unit_test(web_push_is_sent_once_more_in_small),
        cmocka_unit_test(what_the_owner_wrote_is_not_made_smaller),
        cmocka_unit_test(gone_endpoint_is_probed_ever_more_rarely),
        cmocka_unit_test(gone_endpoint_comes_back),
        cmocka_unit_test(trouble_of_two_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
