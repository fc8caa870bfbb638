/*
 * Versions of new events grow, whatever happens to the clock, the box and the
 * ledger: each trouble by itself, then all of them by chance.
 */
#include "chance.h"

#include <stdbool.h>

#include "core/version.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)

/* 2026-11-25, after a day of being up */
#define NOW (INT64_C(1795569510) * SECOND)

static struct version_clock at(int64_t realtime_us, bool synchronised)
{
    return (struct version_clock){.realtime_us = realtime_us,
                                  .boottime_us = DAY,
                                  .synchronised = synchronised};
}

/* The same moment of that clock, a while later. */
static struct version_clock later(const struct version_clock *clock,
                                  int64_t by_us)
{
    struct version_clock after = *clock;

    after.realtime_us += by_us;
    after.boottime_us += by_us;
    return after;
}

/* What happened, and which version the next event gets. */
static void one_trouble_at_a_time(void **state)
{
    static const struct {
        const char *what;
        int64_t last, realtime_us, witness_us;
        bool synchronised;
        int64_t version;
    } cases[] = {
        {"first event of all", 0, NOW, 0, true, NOW},
        {"the usual", NOW - HOUR, NOW, 0, true, NOW},
        {"same microsecond", NOW, NOW, 0, true, NOW + 1},
        {"clock stepped back", NOW + YEAR, NOW, 0, true, NOW + YEAR + 1},
        {"lost ledger, trusted clock", 0, NOW, 0, true, NOW},
        {"lost ledger, clock at 1970", 0, DAY, 0, false, 0},
        {"lost ledger, clock in the future", 0, NOW + 30 * YEAR, 0, false, 0},
        {"lost ledger, right clock nobody vouches for", 0, NOW, 0, false, 0},
        {"clock at 1970", NOW, DAY, 0, false, NOW + 1},
        {"clock in the future", NOW, NOW + 30 * YEAR, 0, false, NOW + 1},
        {"right clock nobody vouches for", NOW - DAY, NOW, 0, false,
         NOW - DAY + 1},
        {"restored backup, trusted clock", NOW - 90 * DAY, NOW, 0, true, NOW},
        {"delivery vouches", 0, NOW, NOW - SECOND, false, NOW},
        {"delivery vouches, just", 0, NOW, NOW - 10 * MINUTE, false, NOW},
        {"delivery does not, just", 0, NOW, NOW - 10 * MINUTE - 1, false, 0},
        {"server's clock is ahead, just", 0, NOW, NOW + 10 * MINUTE, false,
         NOW + 10 * MINUTE},
        {"server's clock is too far ahead", 0, NOW, NOW + 10 * MINUTE + 1,
         false, 0},
        {"... while ours is trusted", 0, NOW, NOW + 10 * MINUTE + 1, true, NOW},
        {"delivery of long ago", NOW - DAY, NOW, NOW - YEAR, true, NOW},
        {"delivery of long ago vouches for nothing", NOW - DAY, NOW, NOW - YEAR,
         false, NOW - DAY + 1},
        {"clock and delivery disagree, no ledger", 0, DAY, NOW, false, 0},
        {"no time at all", 0, NOW, 0, false, 0},
        {"time before 1970", 0, NOW, -NOW, false, 0},
        {"end of time", 0, NOW, INT64_MAX, false, 0},
        {"end of time, trusted clock", 0, NOW, INT64_MAX, true, NOW},
        {"last of the series", VERSION_MAX - 1, NOW, 0, true, VERSION_MAX},
        {"last of the series, no trust", VERSION_MAX - 1, NOW, 0, false,
         VERSION_MAX},
        {"end of the series", VERSION_MAX, NOW, 0, true, -1},
        {"end of the series, no trust", VERSION_MAX, NOW, 0, false, -1},
        {"clock past the series", NOW, VERSION_MAX + 1, 0, true, -1},
        {"clock at the end of time", NOW, INT64_MAX, 0, true, -1},
        {"clock past the series, no trust", NOW, VERSION_MAX + 1, 0, false,
         NOW + 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct version_series series = {.last = cases[i].last};
        struct version_clock clock =
            at(cases[i].realtime_us, cases[i].synchronised);
        int64_t version = version_next(&series, &clock, cases[i].witness_us);

        if (version != cases[i].version)
            fail_msg("%s: %lld", cases[i].what, (long long)version);
        assert_int_equal(series.last, version > 0 ? version : cases[i].last);
    }
}

static void versions_stay_exact_as_doubles(void **state)
{
    (void)state;
    assert_true((double)VERSION_MAX != (double)(VERSION_MAX - 1));
    assert_true((double)VERSION_MAX + 1 == (double)(VERSION_MAX + 1));
    assert_true(NOW + 200 * YEAR < VERSION_MAX);
}

/* Once the clock is right again, it is as if nothing had been. */
static void clock_in_the_future_does_not_poison_the_series(void **state)
{
    struct version_series series = {.last = NOW};
    struct version_clock wrong = at(NOW + 20 * YEAR, false);
    struct version_clock past = at(VERSION_MAX + DAY, true);
    struct version_clock right = at(NOW + MINUTE, true);

    (void)state;
    for (int i = 1; i <= 100; i++)
        assert_int_equal(version_next(&series, &wrong, 0), NOW + i);
    assert_int_equal(version_next(&series, &past, 0), -1);
    assert_int_equal(version_next(&series, &right, 0), NOW + MINUTE);
}

/* ---- witnesses ---- */

static void witness_that_agrees_ends_the_holding(void **state)
{
    struct version_series series = {.last = 0};
    struct version_clock clock = at(NOW, false);

    (void)state;
    assert_false(version_is_trusted(&series, &clock));
    assert_int_equal(version_next(&series, &clock, 0), 0);
    assert_int_equal(version_next(&series, &clock, 0), 0);
    version_witness(&series, &clock, NOW - 5 * SECOND);
    assert_true(version_is_trusted(&series, &clock));
    assert_int_equal(version_next(&series, &clock, 0), NOW);
}

static void witness_that_disagrees_says_nothing(void **state)
{
    struct version_series series = {.last = 0};
    struct version_clock clock = at(NOW, false);

    (void)state;
    version_witness(&series, &clock, NOW - 11 * MINUTE);
    assert_false(version_is_trusted(&series, &clock));
    version_witness(&series, &clock, NOW);
    version_witness(&series, &clock, NOW - YEAR); /* either may be wrong */
    version_witness(&series, &clock, NOW + YEAR);
    version_witness(&series, &clock, 0);
    version_witness(&series, &clock, -1);
    version_witness(&series, &clock, INT64_MAX);
    assert_true(version_is_trusted(&series, &clock));
}

static void step_after_a_witness_ends_the_trust(void **state)
{
    struct version_series series = {.last = 0};
    struct version_clock clock = at(NOW, false), stepped;

    (void)state;
    version_witness(&series, &clock, NOW);
    stepped = clock;
    stepped.realtime_us += 10 * MINUTE;
    assert_true(version_is_trusted(&series, &stepped));
    stepped.realtime_us += 1;
    assert_false(version_is_trusted(&series, &stepped));
    stepped.realtime_us = NOW - 10 * MINUTE - 1;
    assert_false(version_is_trusted(&series, &stepped));
    assert_int_equal(version_next(&series, &stepped, 0), 0);
    assert_true(version_is_trusted(&series, &clock)); /* stepped back again */
    stepped.synchronised = true;
    assert_true(version_is_trusted(&series, &stepped));
}

/* Both clocks go on in suspend. */
static void trust_outlives_a_week_of_suspend(void **state)
{
    struct version_series series = {.last = 0};
    struct version_clock clock = at(NOW, false), after;

    (void)state;
    version_witness(&series, &clock, NOW);
    after = later(&clock, 7 * DAY);
    assert_int_equal(version_next(&series, &after, 0), NOW + 7 * DAY);
}

static void trust_of_the_kernel_is_not_remembered(void **state)
{
    struct version_series series = {.last = 0};
    struct version_clock clock = at(NOW, true), after = later(&clock, HOUR);

    (void)state;
    assert_int_equal(version_next(&series, &clock, 0), NOW);
    after.synchronised = false;
    assert_false(version_is_trusted(&series, &after));
    assert_int_equal(version_next(&series, &after, 0), NOW + 1);
}

/* Nine minutes slow is near enough to be trusted. A version that a delivery
 * lifted to the true time was sent; when the ledger is lost then, the Date of
 * an answer brings the trust back, and the clock is still slow. */
static void clock_that_is_slow_but_agrees_and_a_lost_ledger(void **state)
{
    struct version_series series = {.last = 0}, anew = {.last = 0};
    struct version_clock clock = at(NOW - 9 * MINUTE, false), after;
    int64_t sent = version_next(&series, &clock, NOW);

    (void)state;
    assert_int_equal(sent, NOW);
    after = later(&clock, MINUTE);
    version_witness(&anew, &after, NOW + MINUTE);
    int64_t version = version_next(&anew, &after, 0);

    assert_true(version == 0 || version > sent);
}

/* ... and a version ahead of the truth would mute the phone after that loss. */
static void slow_clock_that_was_set_right(void **state)
{
    struct version_series series = {.last = 0};
    struct version_clock clock = at(NOW - 9 * MINUTE, false), after;

    (void)state;
    assert_int_equal(version_next(&series, &clock, NOW), NOW);
    after = later(&clock, MINUTE);
    after.realtime_us += 9 * MINUTE; /* by hand */
    assert_true(version_is_trusted(&series, &after));
    assert_int_equal(version_next(&series, &after, 0), NOW + MINUTE);
}

/* ---- everything by chance ---- */

/* A box, and the phone that listens to it. */
struct box {
    int64_t true_us, boottime_us, offset_us; /* of its clock to the truth */
    bool synchronised;
    struct version_series series; /* in memory */
    int64_t ledger, backup;       /* series.last, saved */
    int64_t heard;                /* the highest that the phone got */
    bool restored; /* a backup is believed: no trusted version since */
    bool mute;     /* the phone heard a version ahead of time, which the ledger
                      does not know any more */
};

static struct version_clock read_clock(const struct box *box)
{
    return (struct version_clock){.realtime_us = box->true_us + box->offset_us,
                                  .boottime_us = box->boottime_us,
                                  .synchronised = box->synchronised};
}

static void pass_time(struct chance *chance, struct box *box)
{
    static const int64_t most[] = {2, SECOND, MINUTE, HOUR, 30 * DAY};
    int64_t by_us = 1 + (int64_t)chance_below(
                            chance, (size_t)most[chance_below(chance, 5)]);

    box->true_us += by_us;
    box->boottime_us += by_us;
}

static void restart(struct box *box)
{
    box->series = (struct version_series){.last = box->ledger};
}

/* Set right and kept so, or anything else. A clock within the ten minutes of
 * agreement is right here; kept, and wrong all the same, is rare. */
static void step_clock(struct chance *chance, struct box *box)
{
    static const int64_t offsets[] = {-30 * YEAR,   -YEAR, -DAY,        -HOUR,
                                      -11 * MINUTE, 0,     11 * MINUTE, HOUR,
                                      DAY,          YEAR,  30 * YEAR};

    box->synchronised = chance_below(chance, 2);
    box->offset_us =
        box->synchronised ? 0 : offsets[chance_below(chance, COUNT(offsets))];
    if (box->synchronised && chance_below(chance, 20) == 0)
        box->offset_us = DAY;
}

static void go_wrong(struct chance *chance, struct box *box)
{
    switch (chance_below(chance, 6)) {
    case 0:
        step_clock(chance, box);
        break;
    case 1:
        restart(box);
        break;
    case 2: /* the box itself, too */
        box->boottime_us = SECOND;
        step_clock(chance, box);
        restart(box);
        break;
    case 3: /* the card died */
        box->ledger = 0;
        box->mute = box->mute || box->heard > box->true_us;
        box->restored = false;
        restart(box);
        break;
    case 4:
        box->backup = box->ledger;
        break;
    default:
        box->ledger = box->backup;
        box->mute = box->mute || box->heard > box->true_us;
        box->restored = box->ledger != 0;
        restart(box);
    }
}

/* When a mail was delivered, or what it says: to the second, slightly ago. An
 * old mail that somebody moves just when a wrong clock shows its time is left
 * out: nothing could tell. */
static int64_t some_witness(struct chance *chance, const struct box *box)
{
    int64_t seconds = box->true_us / SECOND;
    int64_t old_us =
        (seconds - (int64_t)chance_below(chance, 100000000)) * SECOND;
    int64_t off_us = old_us - (box->true_us + box->offset_us);

    switch (chance_below(chance, 4)) {
    case 0:
        return 0;
    case 1:
        return off_us > -10 * MINUTE && off_us < 10 * MINUTE ? 0 : old_us;
    default:
        return (seconds - (int64_t)chance_below(chance, 5)) * SECOND;
    }
}

/* The phone mutes what is not above all it heard. There are two excuses: it
 * heard a version of the future, by a clock that was kept and wrong, and the
 * ledger that knew it is gone; or a backup took the ledger's place, and no
 * trusted clock told since that it is old. */
static bool is_excused(const struct box *box)
{
    return box->mute || box->restored;
}

static bool happen(struct chance *chance, struct box *box)
{
    struct version_clock clock = read_clock(box);
    int64_t witness_us = some_witness(chance, box);

    if (chance_below(chance, 3) == 0) { /* the answer to a push */
        version_witness(&box->series, &clock, witness_us);
        witness_us = 0;
    }
    int64_t version = version_next(&box->series, &clock, witness_us);

    if (version == 0)
        return !version_is_trusted(&box->series, &clock);
    if (version_is_trusted(&box->series, &clock))
        box->restored = false;
    box->ledger = version; /* committed, then sent */
    if (version < 1 || version > VERSION_MAX ||
        (version <= box->heard && !is_excused(box)))
        return false;
    if (version > box->heard) {
        box->heard = version;
        box->mute = false;
    }
    return true;
}

static void hundred_thousand_histories(void **state)
{
    struct chance chance = chance_begin();

    (void)state;
    for (int round = 0; round < 100000; round++) {
        struct box box = {.true_us = NOW, .boottime_us = SECOND};

        step_clock(&chance, &box);
        for (int i = 0; i < 30; i++) {
            pass_time(&chance, &box);
            if (chance_below(&chance, 3) == 0)
                go_wrong(&chance, &box);
            if (!happen(&chance, &box))
                fail_msg("history %d, event %d: %lld after %lld at %lld", round,
                         i, (long long)box.ledger, (long long)box.heard,
                         (long long)box.true_us);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_trouble_at_a_time),
        cmocka_unit_test(versions_stay_exact_as_doubles),
        cmocka_unit_test(clock_in_the_future_does_not_poison_the_series),
        cmocka_unit_test(witness_that_agrees_ends_the_holding),
        cmocka_unit_test(witness_that_disagrees_says_nothing),
        cmocka_unit_test(step_after_a_witness_ends_the_trust),
        cmocka_unit_test(trust_outlives_a_week_of_suspend),
        cmocka_unit_test(trust_of_the_kernel_is_not_remembered),
        cmocka_unit_test(clock_that_is_slow_but_agrees_and_a_lost_ledger),
        cmocka_unit_test(slow_clock_that_was_set_right),
        cmocka_unit_test(hundred_thousand_histories),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
