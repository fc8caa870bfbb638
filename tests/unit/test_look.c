/*
 * What a server's answers say about a mailbox beyond its cursor. In doubt it
 * is news.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/look.h"
#include "session/rules.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void every_glimpse_at_every_cursor(void **state)
{
    static const struct {
        struct glimpse glimpse;
        struct cursor cursor;
        enum glimpse_meaning meaning;
    } cases[] = {
        /* never seen: whatever it is, it is where we begin */
        {{7, 100}, {0, 0}, GLIMPSE_FIRST},
        {{0, 0}, {0, 0}, GLIMPSE_FIRST},
        {{7, 1}, {7, 0}, GLIMPSE_FIRST},
        /* the usual */
        {{7, 100}, {7, 100}, GLIMPSE_NOTHING},
        {{7, 101}, {7, 100}, GLIMPSE_LOOK},
        {{7, UID_MAX}, {7, 1}, GLIMPSE_LOOK},
        {{7, 1}, {7, 1}, GLIMPSE_NOTHING}, /* empty since ever */
        /* went back */
        {{7, 99}, {7, 100}, GLIMPSE_LOWERED},
        {{7, 1}, {7, UID_MAX}, GLIMPSE_LOWERED},
        /* counts anew, whatever UIDNEXT says */
        {{8, 100}, {7, 100}, GLIMPSE_REBUILT},
        {{8, 5}, {7, 100}, GLIMPSE_REBUILT},
        {{6, 500}, {7, 100}, GLIMPSE_REBUILT},
        {{8, 0}, {7, 100}, GLIMPSE_REBUILT},
        /* not said (RFC 3501 §6.3.1 lets a server leave them out) */
        {{7, 0}, {7, 100}, GLIMPSE_LOOK},
        {{0, 0}, {7, 100}, GLIMPSE_LOOK},
        {{0, 100}, {7, 100}, GLIMPSE_NOTHING},
        {{0, 101}, {7, 100}, GLIMPSE_LOOK},
        {{0, 99}, {7, 100}, GLIMPSE_LOWERED},
        /* is said for the first time */
        {{7, 100}, {0, 100}, GLIMPSE_NOTHING},
        {{7, 101}, {0, 100}, GLIMPSE_LOOK},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (glimpse_judge(&cases[i].glimpse, &cases[i].cursor) !=
            cases[i].meaning)
            fail_msg("case %zu", i);
    }
}

/* ---- a look ---- */

static const struct cursor cursor = {7, 100};
static struct rules rules; /* all that is new */

static struct response fetch(int64_t uid, unsigned flags, int64_t internaldate)
{
    return (struct response){.kind = RESPONSE_FETCH,
                             .understood = true,
                             .number = 1,
                             .uid = uid,
                             .has_flags = true,
                             .flags = flags,
                             .internaldate = internaldate};
}

static struct look look_at_one(const struct response *response)
{
    struct look look;

    look_begin(&look, &cursor, &rules);
    look_at(&look, response);
    return look;
}

static void nothing_was_said(void **state)
{
    struct look look;

    (void)state;
    look_begin(&look, &cursor, &rules);
    assert_int_equal(look.from, 100);
    assert_int_equal(look.next, 100);
    assert_false(look.answered || look.wanted || look.doubt);
    assert_int_equal(look.internaldate, 0);
}

/* "UID FETCH 100:*" names the last message even where that is older (RFC 3501
 * §6.4.8). */
static void answer_below_the_cursor_proves_that_nothing_is_new(void **state)
{
    static const int64_t uids[] = {1, 50, 99};

    (void)state;
    for (size_t i = 0; i < COUNT(uids); i++) {
        struct response old = fetch(uids[i], 0, 1700000000);
        struct look look = look_at_one(&old);

        assert_true(look.answered);
        assert_int_equal(look.next, 100);
        assert_false(look.wanted || look.doubt);
        assert_int_equal(look.internaldate, 0);
    }
}

static void every_set_of_flags(void **state)
{
    static const struct {
        unsigned flags;
        bool wanted;
    } cases[] = {
        {0, true},
        {FLAG_SEEN, false},
        {FLAG_DELETED, false},
        {FLAG_DRAFT, false},
        {FLAG_SEEN | FLAG_DELETED | FLAG_DRAFT, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct response new = fetch(100, cases[i].flags, 1700000000);
        struct look look = look_at_one(&new);

        assert_int_equal(rules_want(&rules, &new), cases[i].wanted);
        assert_true(look.answered);
        assert_int_equal(look.next, 101);
        assert_int_equal(look.wanted, cases[i].wanted);
        assert_int_equal(look.internaldate, cases[i].wanted ? 1700000000 : 0);
        assert_false(look.doubt);
    }
}

static void missing_attributes_speak_for_the_message(void **state)
{
    struct response bare = {
        .kind = RESPONSE_FETCH, .understood = true, .number = 1, .uid = 100};
    struct look look = look_at_one(&bare);

    (void)state;
    assert_true(look.answered && look.wanted);
    assert_false(look.doubt);
    assert_int_equal(look.next, 101);
    assert_int_equal(look.internaldate, 0);
}

static void answer_that_is_not_understood_is_doubt(void **state)
{
    struct response cut = {
        .kind = RESPONSE_FETCH, .understood = false, .number = 1};
    struct look look = look_at_one(&cut);

    (void)state;
    assert_true(look.doubt);
    assert_false(look.answered || look.wanted);
    assert_int_equal(look.next, 100);
}

/* "* 1 FETCH (FLAGS (\Flagged))" comes when another client sets a flag. */
static void flag_change_says_nothing(void **state)
{
    struct response change = fetch(0, 0, 0);
    struct look look = look_at_one(&change);

    (void)state;
    assert_false(look.answered || look.wanted || look.doubt);
    assert_int_equal(look.next, 100);
}

/* The cursor goes past what was not wanted, and past gaps. */
static void several_messages_in_any_order(void **state)
{
    const struct response all[] = {
        fetch(120, 0, 1700000500),
        fetch(99, 0, 1800000000),
        fetch(130, FLAG_SEEN, 1900000000),
        fetch(110, 0, 1700000900),
        fetch(105, 0, 0),
    };
    struct look look;

    (void)state;
    look_begin(&look, &cursor, &rules);
    for (size_t i = 0; i < COUNT(all); i++)
        look_at(&look, &all[i]);
    assert_true(look.answered && look.wanted);
    assert_false(look.doubt);
    assert_int_equal(look.next, 131);
    assert_int_equal(look.internaldate, 1700000900);
}

static void doubt_stays_when_good_answers_follow(void **state)
{
    const struct response cut = {.kind = RESPONSE_FETCH, .number = 1};
    const struct response seen = fetch(100, FLAG_SEEN, 0);
    struct look look;

    (void)state;
    look_begin(&look, &cursor, &rules);
    look_at(&look, &cut);
    look_at(&look, &seen);
    assert_true(look.doubt && look.answered);
    assert_false(look.wanted);
    assert_int_equal(look.next, 101);
}

/* A cursor is a UID, too: there is none after the last. */
static void last_uid_of_all(void **state)
{
    struct response last = fetch(UID_MAX, 0, 0),
                    before = fetch(UID_MAX - 1, 0, 0);
    struct look look = look_at_one(&before);

    (void)state;
    assert_int_equal(look.next, UID_MAX);
    look = look_at_one(&last);
    assert_true(look.wanted);
    assert_in_range(look.next, 100, UID_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_glimpse_at_every_cursor),
        cmocka_unit_test(nothing_was_said),
        cmocka_unit_test(answer_below_the_cursor_proves_that_nothing_is_new),
        cmocka_unit_test(every_set_of_flags),
        cmocka_unit_test(missing_attributes_speak_for_the_message),
        cmocka_unit_test(answer_that_is_not_understood_is_doubt),
        cmocka_unit_test(flag_change_says_nothing),
        cmocka_unit_test(several_messages_in_any_order),
        cmocka_unit_test(doubt_stays_when_good_answers_follow),
        cmocka_unit_test(last_uid_of_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
