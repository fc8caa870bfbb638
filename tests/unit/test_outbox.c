/*
 * Who is owed a push, and which version: through restarts, reloads, crashes,
 * and a ledger that comes and goes.
 *
 * A power cut is a copy of the folder, taken while the outbox lives. Whether
 * the kernel keeps the calendar is for each test to say: this program has an
 * adjtimex() of its own.
 */
#include "scratch.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/timex.h>

#include "base/clock.h"
#include "core/outbox.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- the calendar ---- */

static bool kept;

int adjtimex(struct timex *state)
{
    (void)state;
    return kept ? TIME_OK : TIME_ERROR;
}

/* ---- a configuration ---- */

static const struct account home = {
    .name = "home", .host = "imap.example", .user = "me"};
static const struct account work = {
    .name = "work", .host = "imap.work.example", .user = "me"};

static const char *const everything[] = {"*"}, *const only_work[] = {"work"};

#define PHONE                                                                  \
    {                                                                          \
        .name = "phone", .url = "https://push.example/1",                      \
        .id = "11111111111111111111111111111111", .label = "push.example (1)", \
        .method = "PUT", .accounts = everything, .account_count = 1,           \
        .events = EVENT_MAIL,                                                  \
    }
#define NO_RULE (INT64_C(1) << RULE_NONE)
#define ROTATED                                                                \
    {                                                                          \
        .name = "phone", .url = "https://push.example/2",                      \
        .id = "22222222222222222222222222222222", .label = "push.example (2)", \
        .method = "PUT", .accounts = everything, .account_count = 1,           \
        .events = EVENT_MAIL,                                                  \
    }
#define DESK                                                                   \
    {                                                                          \
        .name = "desk", .url = "https://push.example/3",                       \
        .id = "33333333333333333333333333333333", .label = "push.example (3)", \
        .method = "PUT", .accounts = only_work, .account_count = 1,            \
        .events = EVENT_MAIL | EVENT_ATTENTION,                                \
    }
/* the phone under another name */
#define RENAMED                                                                \
    {                                                                          \
        .name = "mobile", .url = "https://push.example/1",                     \
        .id = "11111111111111111111111111111111", .label = "push.example (1)", \
        .method = "PUT", .accounts = everything, .account_count = 1,           \
        .events = EVENT_MAIL,                                                  \
    }
#define RENAMED_AND_ROTATED                                                    \
    {                                                                          \
        .name = "mobile", .url = "https://push.example/2",                     \
        .id = "22222222222222222222222222222222", .label = "push.example (2)", \
        .method = "PUT", .accounts = everything, .account_count = 1,           \
        .events = EVENT_MAIL,                                                  \
    }

static const struct endpoint phone[] = {PHONE}, rotated[] = {ROTATED},
                             both[] = {PHONE, DESK}, renamed[] = {RENAMED},
                             renamed_and_rotated[] = {RENAMED_AND_ROTATED};

/* An account whose lists are told at most once an hour, or a minute. */
static const char *const only_desk[] = {"desk"};
static const struct rule noisy_rules[] = {
    {.id = "11111111", .push = RULE_LATER, .interval_s = 3600},
    {.id = "22222222",
     .push = RULE_LATER,
     .interval_s = 60,
     .endpoints = only_desk,
     .endpoint_count = 1},
    {.id = "33333333", .push = RULE_NEVER},
};
static const struct account noisy = {.name = "noisy",
                                     .host = "imap.noisy.example",
                                     .user = "me",
                                     .rules = noisy_rules,
                                     .rule_count = COUNT(noisy_rules)};

static struct outbox *outbox;
static size_t known_rules = COUNT(noisy_rules); /* to the configuration */

static void configure(const struct endpoint *endpoints, size_t count)
{
    struct account account = noisy;
    const struct config config = {.accounts = &account,
                                  .account_count = 1,
                                  .endpoints = endpoints,
                                  .endpoint_count = count};

    account.rule_count = known_rules;

    outbox_configure(outbox, &config);
}

static void start(const struct endpoint *endpoints, size_t count)
{
    outbox = outbox_create(scratch);
    configure(endpoints, count);
}

/* An orderly end, and another beginning. */
static void restart(const struct endpoint *endpoints, size_t count)
{
    outbox_destroy(&outbox);
    start(endpoints, count);
}

static struct recipient *recipient(const char *name)
{
    size_t count;
    struct recipient *all = outbox_recipients(outbox, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].endpoint->name, name) == 0)
            return &all[i];
    }
    fail_msg("no %s", name);
    return NULL;
}

static int begin(void **state)
{
    kept = true;
    known_rules = COUNT(noisy_rules);
    return scratch_setup(state);
}

static int end(void **state)
{
    outbox_destroy(&outbox);
    return scratch_teardown(state);
}

/* ---- what sessions report ---- */

static bool report(enum report_type type, enum news_reason reason,
                   int64_t uidvalidity, int64_t uidnext)
{
    const struct report words = {.type = type,
                                 .mailbox = "INBOX",
                                 .cursor = {uidvalidity, uidnext},
                                 .reason = reason,
                                 .rules = NO_RULE};

    return outbox_report(outbox, &home, &words);
}

static bool news(int64_t uidnext)
{
    return report(REPORT_NEWS, NEWS_MAIL, 7, uidnext);
}

static bool cursor_at(int64_t uidnext)
{
    return report(REPORT_CURSOR, 0, 7, uidnext);
}

/* Does what is due by now. */
static void run(void)
{
    outbox_run(outbox, clock_boottime_ms());
}

/* Does what is due at the next moment that the outbox asks for. */
static void run_later(void)
{
    int64_t next_ms = outbox_next(outbox);

    assert_true(next_ms != CLOCK_NEVER);
    outbox_run(outbox, next_ms);
}

static int64_t now_us(void)
{
    return clock_realtime_us();
}

static void assert_owed(const char *name, bool owed)
{
    assert_int_equal(recipient_is_owed(recipient(name)), owed);
}

static void pay(const char *name)
{
    outbox_paid(outbox, recipient(name), recipient(name)->row.assigned);
    assert_owed(name, false);
}

/* ---- a power cut ---- */

/* Goes on with what is on the disk now; memory is lost. */
static void cut_power(const struct endpoint *endpoints, size_t count)
{
    static unsigned cuts;
    struct outbox *dead = outbox;
    char command[256], copy[32];

    snprintf(copy, sizeof copy, "copy%u", cuts++);
    snprintf(command, sizeof command,
             "mkdir %s && cp -a %s/ledger.db* %s 2>/dev/null; true",
             scratch_file(copy), scratch, scratch_file(copy));
    assert_int_equal(system(command), 0);
    outbox = outbox_create(scratch_file(copy));
    configure(endpoints, count);
    outbox_destroy(&dead);
}

/* ---- endpoints come and go ---- */

static void new_endpoint_owes_nothing(void **state)
{
    (void)state;
    start(phone, 1);
    assert_owed("phone", false);
    assert_int_equal(recipient("phone")->row.assigned, 0);
    assert_true(outbox_next(outbox) == CLOCK_NEVER);
    restart(phone, 1);
    assert_owed("phone", false);
    configure(both, 2);
    assert_owed("desk", false);
}

static void rotated_url_is_owed_one_push(void **state)
{
    (void)state;
    start(phone, 1);
    configure(rotated, 1); /* at a reload */
    run();
    assert_owed("phone", true);
    assert_true(recipient("phone")->durable);
    pay("phone");
    configure(rotated, 1);
    assert_owed("phone", false);
    restart(phone, 1); /* and at a start */
    assert_owed("phone", true);
    pay("phone");
    restart(phone, 1);
    assert_owed("phone", false);
}

static void rotated_url_is_above_all_that_went_before(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    news(6);
    int64_t before = recipient("phone")->row.assigned;

    configure(rotated, 1);
    assert_true(recipient("phone")->row.assigned > before);
}

/* A new name for an old URL is nothing new; but it is the name from then on. */
static void renamed_endpoint_whose_url_is_rotated_later(void **state)
{
    (void)state;
    start(phone, 1);
    restart(renamed, 1);
    assert_owed("mobile", false);
    restart(renamed_and_rotated, 1);
    assert_owed("mobile", true);
}

static void renamed_and_rotated_by_reloads(void **state)
{
    (void)state;
    start(phone, 1);
    configure(renamed, 1);
    assert_owed("mobile", false);
    configure(renamed_and_rotated, 1);
    assert_owed("mobile", true);
}

/* ---- pushes that a person asks for ---- */

static void trial_is_a_version_like_others(void **state)
{
    (void)state;
    start(both, 2);
    cursor_at(5);
    int64_t version = outbox_try(outbox, recipient("phone"));

    assert_int_equal(recipient("phone")->row.assigned, version);
    assert_false(recipient("phone")->durable); /* not before it is committed */
    assert_true(recipient("phone")->trial.alone);
    assert_string_equal(recipient("phone")->row.account, "");
    assert_owed("desk", false);
    run();
    assert_true(recipient("phone")->durable);
    cut_power(both, 2); /* owed until it is taken */
    assert_owed("phone", true);
    assert_int_equal(recipient("phone")->row.assigned, version);
    pay("phone");
    news(6);
    assert_true(recipient("phone")->row.assigned > version);
}

static void trial_of_one_that_is_owed_mail(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    news(6);
    int64_t before = recipient("phone")->row.assigned;

    assert_true(outbox_try(outbox, recipient("phone")) > before);
    assert_false(recipient("phone")->trial.alone);
    assert_string_equal(recipient("phone")->row.account, "home");
}

/* What nobody has yet gets one of the same series, which is on disk. */
static void version_for_a_stranger(void **state)
{
    (void)state;
    start(phone, 1);
    int64_t first = outbox_reserve(outbox), second = outbox_reserve(outbox);

    assert_true(first > 0 && second > first);
    assert_owed("phone", false);
    cut_power(phone, 1);
    kept = false; /* the calendar may be another */
    assert_int_equal(outbox_reserve(outbox), second + 1);
}

static void nothing_vouches_for_a_trial(void **state)
{
    (void)state;
    kept = false;
    start(phone, 1);
    assert_int_equal(outbox_try(outbox, recipient("phone")), 0);
    assert_int_equal(outbox_reserve(outbox), 0);
    assert_owed("phone", false);
    assert_false(recipient("phone")->row.held); /* it is not done later */
}

static void removed_endpoint_is_forgotten(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    news(6);
    run();
    assert_owed("phone", true);
    configure(phone, 0);
    configure(phone, 1); /* comes back as one that was never there */
    assert_owed("phone", false);
    news(7);
    restart(phone, 0);
    restart(phone, 1);
    assert_owed("phone", false);
}

static void serial_finds_who_is_still_there(void **state)
{
    (void)state;
    start(both, 2);
    int64_t serial = recipient("phone")->serial;
    int64_t other = recipient("desk")->serial;

    assert_int_not_equal(serial, other);
    assert_ptr_equal(outbox_find(outbox, serial), recipient("phone"));
    configure(phone, 1);
    assert_ptr_equal(outbox_find(outbox, serial), recipient("phone"));
    assert_null(outbox_find(outbox, other));
    assert_null(outbox_find(outbox, 0));
    configure(both, 2);
    assert_null(outbox_find(outbox, other)); /* another one by that name */
}

static void reload_keeps_what_is_owed_and_under_way(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    news(6);
    run();
    recipient("phone")->in_flight = recipient("phone")->row.assigned;
    recipient("phone")->row.health = HEALTH_GONE;
    struct recipient before = *recipient("phone");

    configure(both, 2);
    struct recipient *after = recipient("phone");

    assert_owed("phone", true);
    assert_int_equal(after->serial, before.serial);
    assert_int_equal(after->in_flight, before.in_flight);
    assert_int_equal(after->row.health, HEALTH_GONE);
    assert_ptr_equal(after->endpoint, &both[0]);
}

/* ---- news ---- */

static void first_sight_is_silent(void **state)
{
    (void)state;
    start(phone, 1);
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 0);
    assert_true(cursor_at(100));
    assert_owed("phone", false);
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 100);
    assert_int_equal(outbox_cursor(outbox, &home, "Sent").uidnext, 0);
    assert_int_equal(outbox_cursor(outbox, &work, "INBOX").uidnext, 0);
}

static void news_is_for_those_who_want_the_account(void **state)
{
    (void)state;
    start(both, 2);
    cursor_at(5);
    assert_true(news(6));
    assert_owed("phone", true);
    assert_owed("desk", false);
    assert_string_equal(recipient("phone")->row.account, "home");
    assert_string_equal(recipient("phone")->row.mailbox, "INBOX");
    assert_int_equal(recipient("desk")->row.assigned, 0);
    const struct report words = {.type = REPORT_NEWS,
                                 .mailbox = "Sent",
                                 .cursor = {1, 2},
                                 .reason = NEWS_MAIL,
                                 .rules = NO_RULE};

    assert_true(outbox_report(outbox, &work, &words));
    assert_int_equal(recipient("phone")->row.assigned,
                     recipient("desk")->row.assigned);
    assert_string_equal(recipient("phone")->row.account, "work");
    assert_string_equal(recipient("phone")->row.mailbox, "Sent");
}

/* What a report of a mailbox at {7, 100} means. */
static void reports_beyond_the_cursor_and_not(void **state)
{
    static const struct {
        enum report_type type;
        enum news_reason reason;
        int64_t uidvalidity, uidnext;
        bool counts;
    } cases[] = {
        {REPORT_NEWS, NEWS_MAIL, 7, 101, true},
        {REPORT_NEWS, NEWS_MAIL, 7, 100, false}, /* somebody was faster */
        {REPORT_NEWS, NEWS_MAIL, 7, 99, false},
        {REPORT_CURSOR, 0, 7, 101, true},
        {REPORT_CURSOR, 0, 7, 100, false},
        {REPORT_CURSOR, 0, 7, 99, false},
        {REPORT_NEWS, NEWS_DOUBT, 7, 101, true},
        {REPORT_NEWS, NEWS_DOUBT, 7, 100, true}, /* nothing could be proven */
        {REPORT_NEWS, NEWS_DOUBT, 7, 99, false},
        {REPORT_NEWS, NEWS_LOWERED, 7, 99, true},
        {REPORT_NEWS, NEWS_LOWERED, 7, 1, true},
        {REPORT_NEWS, NEWS_LOWERED, 7, 100, false}, /* said already */
        {REPORT_NEWS, NEWS_LOWERED, 7, 101, false},
        {REPORT_NEWS, NEWS_REBUILT, 8, 5, true},
        {REPORT_NEWS, NEWS_REBUILT, 8, 500, true},
        {REPORT_NEWS, NEWS_REBUILT, 6, 100, true},
        {REPORT_NEWS, NEWS_REBUILT, 7, 100, false}, /* said already */
        {REPORT_NEWS, NEWS_REBUILT, 7, 5, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        start(phone, 1);
        cursor_at(100);
        bool counts = report(cases[i].type, cases[i].reason,
                             cases[i].uidvalidity, cases[i].uidnext);
        bool told = counts && cases[i].type == REPORT_NEWS;
        struct cursor cursor = outbox_cursor(outbox, &home, "INBOX");

        if (counts != cases[i].counts ||
            recipient_is_owed(recipient("phone")) != told)
            fail_msg("case %zu", i);
        assert_int_equal(cursor.uidnext, counts ? cases[i].uidnext : 100);
        assert_int_equal(cursor.uidvalidity, counts ? cases[i].uidvalidity : 7);
        end(NULL);
        assert_int_equal(begin(NULL), 0);
    }
}

/* Mail that came around the renaming is beyond the cursor, under the new name;
 * what gets the old name later is seen for the first time. */
static void renamed_mailbox_keeps_its_cursor(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(100);
    outbox_rename(outbox, &home, "INBOX", "Old");
    assert_int_equal(outbox_cursor(outbox, &home, "Old").uidvalidity, 7);
    assert_int_equal(outbox_cursor(outbox, &home, "Old").uidnext, 100);
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 0);
    assert_int_equal(outbox_cursor(outbox, &work, "Old").uidnext, 0);
    restart(phone, 1);
    assert_int_equal(outbox_cursor(outbox, &home, "Old").uidnext, 100);
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 0);
    /* not over one that is known, and not from one that is not */
    cursor_at(5);
    outbox_rename(outbox, &home, "INBOX", "Old");
    outbox_rename(outbox, &home, "Sent", "Old");
    outbox_rename(outbox, &home, "Sent", "New");
    assert_int_equal(outbox_cursor(outbox, &home, "Old").uidnext, 100);
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 5);
    assert_int_equal(outbox_cursor(outbox, &home, "New").uidnext, 0);
}

/* Who wants it and is not the one in trouble; without a ledger, too. */
static void attention_is_for_those_who_want_it(void **state)
{
    (void)state;
    start(both, 2);
    assert_int_equal(outbox_attention(outbox, "home", NULL, "login refused"),
                     0); /* the desk cares for work only */
    assert_int_equal(outbox_attention(outbox, "work", NULL, "login refused"),
                     1);
    assert_string_equal(recipient("desk")->row.account, "work");
    assert_string_equal(recipient("desk")->row.mailbox, "login refused");
    assert_true(recipient_is_owed(recipient("desk")));
    assert_false(recipient_is_owed(recipient("phone")));
    assert_int_equal(outbox_attention(outbox, NULL, "desk", "gone"), 0);
    assert_int_equal(outbox_attention(outbox, NULL, "phone", "gone"), 1);
    assert_string_equal(recipient("desk")->row.account, "phone");
    assert_int_equal(outbox_attention(outbox, NULL, NULL, "full"), 1);
    assert_string_equal(recipient("desk")->row.account, "ledger");
}

static void versions_grow_with_each_event(void **state)
{
    int64_t last = 0;

    (void)state;
    start(phone, 1);
    cursor_at(5);
    for (int64_t uid = 6; uid < 50; uid++) {
        int64_t before_us = now_us();

        assert_true(news(uid));
        assert_true(recipient("phone")->row.assigned > last);
        last = recipient("phone")->row.assigned;
        assert_in_range(last, before_us, now_us() + 50);
    }
    restart(phone, 1);
    news(60);
    assert_true(recipient("phone")->row.assigned > last);
}

/* A child may say anything; what it says must not be undefined. */
static void internaldate_at_the_end_of_time(void **state)
{
    static const int64_t dates[] = {INT64_MAX, INT64_MAX / 1000000,
                                    INT64_MAX / 1000000 + 1, 253402387199};

    (void)state;
    kept = false;
    start(phone, 1);
    cursor_at(5);
    for (size_t i = 0; i < COUNT(dates); i++) {
        const struct report words = {.type = REPORT_NEWS,
                                     .mailbox = "INBOX",
                                     .cursor = {7, 6 + (int64_t)i},
                                     .rules = NO_RULE,
                                     .live = true,
                                     .internaldate = dates[i]};

        assert_true(outbox_report(outbox, &home, &words));
        outbox_witness(outbox, dates[i]);
        assert_true(recipient("phone")->row.held);
    }
}

/* ---- committed, then sent ---- */

static void version_is_durable_once_it_is_committed(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    news(6);
    assert_false(recipient("phone")->durable);
    int64_t version = recipient("phone")->row.assigned;

    run();
    assert_true(recipient("phone")->durable);
    assert_true(outbox_next(outbox) == CLOCK_NEVER);
    cut_power(phone, 1);
    assert_owed("phone", true);
    assert_int_equal(recipient("phone")->row.assigned, version);
    assert_string_equal(recipient("phone")->row.account, "home");
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 6);
}

/* Cursor and version are one step: both are there, or neither is. */
static void power_cut_before_the_commit_loses_no_mail(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    run();
    news(6);
    int64_t version = recipient("phone")->row.assigned;

    cut_power(phone, 1);
    assert_owed("phone", false);
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 5);
    assert_true(news(6)); /* found again */
    assert_owed("phone", true);
    assert_true(recipient("phone")->row.assigned > version);
}

static void delivered_is_written_lazily(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    news(6);
    run();
    pay("phone");
    int64_t next_ms = outbox_next(outbox);

    assert_in_range(next_ms - clock_boottime_ms(), 1, 60000);
    run(); /* not due yet */
    assert_int_equal(outbox_next(outbox), next_ms);
    cut_power(phone, 1);
    assert_owed("phone", true); /* is sent again: the phone ignores it */
    pay("phone");
    run_later();
    assert_true(outbox_next(outbox) == CLOCK_NEVER);
    cut_power(phone, 1);
    assert_owed("phone", false);
}

static void delivered_goes_with_the_next_commit(void **state)
{
    (void)state;
    start(both, 2);
    cursor_at(5);
    news(6);
    run();
    pay("phone");
    const struct report words = {
        .type = REPORT_CURSOR, .mailbox = "Sent", .cursor = {1, 2}};

    outbox_report(outbox, &work, &words);
    run();
    assert_true(outbox_next(outbox) == CLOCK_NEVER);
    cut_power(both, 2);
    assert_owed("phone", false);
}

static void old_payment_does_not_pay_for_the_new(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    news(6);
    int64_t old = recipient("phone")->row.assigned;

    news(7);
    outbox_paid(outbox, recipient("phone"), old);
    assert_owed("phone", true);
    pay("phone");
    outbox_paid(outbox, recipient("phone"), old);
    assert_owed("phone", false);
}

static void all_of_it_survives_a_restart(void **state)
{
    (void)state;
    start(both, 2);
    cursor_at(5);
    news(6);
    int64_t version = recipient("phone")->row.assigned;

    restart(both, 2);
    assert_owed("phone", true);
    assert_owed("desk", false);
    assert_true(recipient("phone")->durable);
    assert_int_equal(recipient("phone")->row.assigned, version);
    assert_string_equal(recipient("phone")->row.mailbox, "INBOX");
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidvalidity, 7);
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 6);
    assert_false(news(6));
    pay("phone");
    restart(both, 2);
    assert_owed("phone", false);
}

/* ---- a calendar that cannot be trusted ---- */

static void held_and_assigned_later(void **state)
{
    (void)state;
    kept = false;
    start(both, 2);
    assert_false(outbox_is_holding(outbox));
    cursor_at(5);
    assert_true(news(6));
    run();
    assert_true(recipient("phone")->row.held);
    assert_false(recipient("desk")->row.held);
    assert_owed("phone", false);
    assert_true(outbox_is_holding(outbox));
    run_later(); /* it looks again now and then */
    assert_true(recipient("phone")->row.held);
    kept = true;
    int64_t before_us = now_us();

    run_later();
    assert_false(recipient("phone")->row.held);
    assert_owed("phone", true);
    assert_true(recipient("phone")->durable);
    assert_in_range(recipient("phone")->row.assigned, before_us, now_us());
    assert_false(outbox_is_holding(outbox));
    assert_string_equal(recipient("phone")->row.account, "home");
}

/* The cursor has moved, so nobody would find that mail again. */
static void held_push_survives_a_power_cut(void **state)
{
    (void)state;
    kept = false;
    start(phone, 1);
    cursor_at(5);
    news(6);
    run();
    cut_power(phone, 1);
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 6);
    assert_true(recipient("phone")->row.held);
    kept = true;
    run_later();
    assert_owed("phone", true);
    assert_string_equal(recipient("phone")->row.account, "home");
}

static void witness_ends_the_holding(void **state)
{
    (void)state;
    kept = false;
    start(phone, 1);
    cursor_at(5);
    news(6);
    outbox_witness(outbox, 0);
    outbox_witness(outbox, now_us() / 1000000 - 3600);
    run();
    assert_true(recipient("phone")->row.held);
    outbox_witness(outbox, now_us() / 1000000);
    run();
    assert_owed("phone", true);
}

/* ... but not one that may have been found after a gap, days old or not. */
static void live_delivery_is_a_witness(void **state)
{
    struct report words = {.type = REPORT_NEWS,
                           .mailbox = "INBOX",
                           .cursor = {7, 6},
                           .rules = NO_RULE,
                           .internaldate = now_us() / 1000000};

    (void)state;
    kept = false;
    start(phone, 1);
    cursor_at(5);
    assert_true(outbox_report(outbox, &home, &words));
    assert_true(recipient("phone")->row.held);
    words.cursor.uidnext = 7;
    words.live = true;
    assert_true(outbox_report(outbox, &home, &words));
    assert_owed("phone", true);
}

static void untrusted_calendar_counts_on(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    news(6);
    int64_t version = recipient("phone")->row.assigned;

    kept = false;
    restart(phone, 1);
    news(7);
    assert_int_equal(recipient("phone")->row.assigned, version + 1);
    run();
    assert_true(recipient("phone")->durable);
}

/* ---- a ledger that was lost ---- */

static void quarantined_ledger_owes_everyone_one_push(void **state)
{
    (void)state;
    start(both, 2);
    cursor_at(5);
    news(6);
    pay("phone");
    int64_t before = recipient("phone")->row.assigned;

    outbox_destroy(&outbox);
    scratch_write("ledger.db", "garbage", 7);
    start(both, 2);
    assert_owed("phone", true);
    assert_owed("desk", true);
    assert_true(recipient("phone")->row.assigned > before);
    pay("phone");
    pay("desk");
    restart(both, 2); /* once */
    assert_owed("phone", false);
    assert_owed("desk", false);
}

static void quarantined_ledger_and_an_untrusted_calendar(void **state)
{
    (void)state;
    kept = false;
    scratch_write("ledger.db", "garbage", 7);
    start(phone, 1);
    assert_owed("phone", false);
    assert_true(recipient("phone")->row.held);
    cut_power(phone, 1);
    assert_true(recipient("phone")->row.held);
    kept = true;
    run_later();
    assert_owed("phone", true);
}

/* ---- a ledger that cannot be had ---- */

static void hide_ledger(void)
{
    if (rename(scratch_file("ledger.db"), scratch_file("hidden")) < 0)
        assert_false(access(scratch_file("ledger.db"), F_OK) == 0);
    assert_int_equal(mkdir(scratch_file("ledger.db"), 0700), 0);
}

static void show_ledger(void)
{
    assert_int_equal(rmdir(scratch_file("ledger.db")), 0);
    rename(scratch_file("hidden"), scratch_file("ledger.db"));
}

static void unavailable_from_the_start(void **state)
{
    (void)state;
    hide_ledger();
    start(phone, 1);
    assert_true(outbox_next(outbox) != CLOCK_NEVER);
    cursor_at(5);
    assert_true(news(6));
    run();
    assert_owed("phone", true);
    assert_true(recipient("phone")->durable); /* the calendar is trusted */
    run_later();
    assert_true(outbox_next(outbox) != CLOCK_NEVER);
    show_ledger();
    pay("phone");
    for (int i = 0; i < 3 && outbox_next(outbox) != CLOCK_NEVER; i++)
        run_later();
    assert_true(outbox_next(outbox) == CLOCK_NEVER);
    cut_power(phone, 1);
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 6);
    assert_true(recipient("phone")->row.assigned > 0);
}

/* It knew of mailboxes that we noted as if for the first time. */
static void knowledge_that_comes_late(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    news(6);
    run();
    int64_t before = recipient("phone")->row.assigned;

    outbox_destroy(&outbox);
    hide_ledger();
    start(phone, 1);
    assert_owed("phone", false); /* nothing is known */
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 0);
    assert_true(cursor_at(9)); /* three came meanwhile: silently noted */
    show_ledger();
    run_later();
    assert_owed("phone", true);
    assert_true(recipient("phone")->row.assigned > before);
    assert_true(recipient("phone")->durable);
    pay("phone");
    restart(phone, 1);
    assert_owed("phone", false);
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 9);
}

static void unavailable_and_no_trusted_calendar(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    news(6);
    run();
    int64_t before = recipient("phone")->row.assigned;

    outbox_destroy(&outbox);
    hide_ledger();
    kept = false;
    start(phone, 1);
    cursor_at(6);
    assert_true(news(7));
    run();
    assert_true(recipient("phone")->row.held);
    show_ledger();
    run_later();
    assert_owed("phone", true); /* what was sent before is known again */
    assert_int_equal(recipient("phone")->row.assigned, before + 1);
    assert_true(recipient("phone")->durable);
}

/* Writes fail from now on, as on a full card. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void full_card_for_a_while(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    run();
    limit_files(0);
    news(6);
    run();
    bool durable = recipient("phone")->durable;
    int64_t version = recipient("phone")->row.assigned;

    run_later(); /* still full */
    news(7);
    run();
    limit_files(RLIM_INFINITY);
    assert_true(durable); /* goes out from memory */
    assert_true(recipient("phone")->durable);
    assert_true(recipient("phone")->row.assigned > version);
    for (int i = 0; i < 3 && outbox_next(outbox) != CLOCK_NEVER; i++)
        run_later();
    assert_true(outbox_next(outbox) == CLOCK_NEVER);
    version = recipient("phone")->row.assigned;
    cut_power(phone, 1);
    assert_owed("phone", true);
    assert_int_equal(recipient("phone")->row.assigned, version);
    assert_int_equal(outbox_cursor(outbox, &home, "INBOX").uidnext, 7);
}

/* A version of which neither the ledger nor the calendar knows must not go
 * out: after a crash it could be given again. */
static void full_card_and_no_trusted_calendar(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    news(6);
    run();
    pay("phone");
    run_later();
    kept = false;
    limit_files(0);
    news(7);
    run();
    bool durable = recipient("phone")->durable;

    kept = true;
    run_later();
    bool later = recipient("phone")->durable;

    limit_files(RLIM_INFINITY);
    assert_false(durable);
    assert_true(later);
    assert_owed("phone", true);
}

/* The old URL is known from before, if only in memory. */
static void url_rotated_while_the_card_is_full(void **state)
{
    (void)state;
    start(phone, 1);
    cursor_at(5);
    run();
    limit_files(0);
    news(6);
    run();
    pay("phone");
    configure(rotated, 1);
    bool owed = recipient_is_owed(recipient("phone"));

    limit_files(RLIM_INFINITY);
    assert_true(owed);
}

/* ---- rules ---- */

/* Mail of the noisy account, under a set of its rules. */
static void noise(int64_t uidnext, int64_t rules)
{
    const struct report words = {.type = REPORT_NEWS,
                                 .mailbox = "Lists",
                                 .cursor = {3, uidnext},
                                 .reason = NEWS_MAIL,
                                 .rules = rules};

    assert_true(outbox_report(outbox, &noisy, &words));
    run();
}

/* The outbox is to be asked at the end of an interval of that length. */
static void assert_asks_in(int seconds)
{
    int64_t left_ms = outbox_next(outbox) - clock_boottime_ms();

    assert_in_range(left_ms, (seconds - 5) * 1000, seconds * 1000);
}

static void silent_rule_moves_the_cursor_only(void **state)
{
    (void)state;
    start(both, 2);
    noise(6, 1 << 2);
    assert_owed("phone", false);
    assert_int_equal(outbox_cursor(outbox, &noisy, "Lists").uidnext, 6);
    cut_power(both, 2);
    assert_int_equal(outbox_cursor(outbox, &noisy, "Lists").uidnext, 6);
}

static const struct endpoint pair[] = {
    PHONE,
    {.name = "desk",
     .id = "33333333333333333333333333333333",
     .label = "push.example (3)",
     .method = "PUT",
     .accounts = everything,
     .account_count = 1,
     .events = EVENT_MAIL},
};

static void rule_names_who_is_told(void **state)
{
    (void)state;
    start(pair, 2);
    noise(6, 1 << 1);
    assert_owed("phone", false);
    assert_owed("desk", true);
}

/* The first is on its way, for as long as that takes, when more comes: what it
 * cannot tell of any more is held, not sent after it. */
static void more_comes_while_the_first_is_on_its_way(void **state)
{
    (void)state;
    start(phone, 1);
    noise(6, 1 << 0);
    int64_t version = recipient("phone")->row.assigned;

    recipient("phone")->in_flight = version;
    noise(7, 1 << 0);
    noise(8, 1 << 0);
    assert_int_equal(recipient("phone")->row.assigned, version);
    pay("phone");
    run_later();
    assert_asks_in(3600);
}

/* The cursor is past it, so nobody else will find it again. */
static void held_mail_survives_a_power_cut(void **state)
{
    (void)state;
    start(phone, 1);
    noise(6, 1 << 0);
    pay("phone");
    noise(7, 1 << 0);
    cut_power(phone, 1);
    assert_int_equal(outbox_cursor(outbox, &noisy, "Lists").uidnext, 7);
    pay("phone"); /* that it was paid was not written yet */
    run_later();
    assert_asks_in(3600);
    noise(8, 1 << 0);
    assert_owed("phone", false);
    restart(phone, 1);
    assert_owed("phone", false);
    assert_asks_in(3600);
}

static void held_mail_is_told_when_the_interval_is_over(void **state)
{
    (void)state;
    start(pair, 2);
    noise(6, 1 << 1);
    pay("desk");
    run_later();
    int64_t version = recipient("desk")->row.assigned;

    noise(7, 1 << 1);
    noise(8, 1 << 1);
    assert_owed("desk", false);
    assert_asks_in(60);
    run_later();
    assert_owed("desk", true);
    assert_true(recipient("desk")->row.assigned > version);
    assert_true(recipient("desk")->durable);
    assert_string_equal(recipient("desk")->row.mailbox, "Lists");
    assert_owed("phone", false);
    pay("desk");
    run_later();
    assert_true(outbox_next(outbox) == CLOCK_NEVER);
    noise(9, 1 << 1); /* in the minute after that */
    assert_owed("desk", false);
}

/* What it knew of intervals comes too late; nothing that it held is forgotten.
 */
static void held_mail_and_a_ledger_that_comes_late(void **state)
{
    (void)state;
    start(phone, 1);
    noise(6, 1 << 0);
    pay("phone");
    noise(7, 1 << 0);
    outbox_destroy(&outbox);
    hide_ledger();
    start(phone, 1);
    assert_owed("phone", false);
    show_ledger();
    run_later();
    assert_owed("phone", true);
    pay("phone");
    restart(phone, 1);
    assert_owed("phone", false);
}

static void full_card_while_mail_is_held(void **state)
{
    (void)state;
    start(phone, 1);
    noise(6, 1 << 0);
    pay("phone");
    limit_files(0);
    noise(7, 1 << 0);
    limit_files(RLIM_INFINITY);
    assert_owed("phone", false);
    for (int i = 0; i < 3; i++) /* tries again to write */
        outbox_run(outbox, clock_boottime_ms() + 70000 * (i + 1));
    cut_power(phone, 1);
    assert_int_equal(outbox_cursor(outbox, &noisy, "Lists").uidnext, 7);
    assert_asks_in(3600);
}

static void push_for_another_reason_pays(void **state)
{
    (void)state;
    start(phone, 1);
    noise(6, 1 << 0);
    pay("phone");
    noise(7, 1 << 0);
    cursor_at(5);
    assert_true(news(6)); /* the other account's */
    run();
    assert_owed("phone", true);
    assert_string_equal(recipient("phone")->row.account, "home");
    pay("phone");
    cut_power(phone, 1);
    pay("phone");
    run_later();
    assert_true(outbox_next(outbox) == CLOCK_NEVER); /* nothing is held */
}

static void rule_is_gone_that_holds_something(void **state)
{
    (void)state;
    start(phone, 1);
    noise(6, 1 << 0);
    pay("phone");
    noise(7, 1 << 0);
    configure(phone, 1); /* a reload that leaves it */
    assert_owed("phone", false);
    known_rules = 0;
    configure(phone, 1);
    assert_owed("phone", true);
    assert_string_equal(recipient("phone")->row.mailbox, "Lists");
    assert_string_equal(recipient("phone")->row.account, "noisy");
}

static void rule_is_gone_after_a_restart(void **state)
{
    (void)state;
    start(phone, 1);
    noise(6, 1 << 0);
    pay("phone");
    noise(7, 1 << 0);
    known_rules = 0;
    restart(phone, 1);
    assert_owed("phone", true);
    pay("phone");
    restart(phone, 1);
    assert_owed("phone", false);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(new_endpoint_owes_nothing),
        WITH_FOLDER(rotated_url_is_owed_one_push),
        WITH_FOLDER(rotated_url_is_above_all_that_went_before),
        WITH_FOLDER(renamed_endpoint_whose_url_is_rotated_later),
        WITH_FOLDER(renamed_and_rotated_by_reloads),
        WITH_FOLDER(trial_is_a_version_like_others),
        WITH_FOLDER(trial_of_one_that_is_owed_mail),
        WITH_FOLDER(version_for_a_stranger),
        WITH_FOLDER(nothing_vouches_for_a_trial),
        WITH_FOLDER(removed_endpoint_is_forgotten),
        WITH_FOLDER(serial_finds_who_is_still_there),
        WITH_FOLDER(reload_keeps_what_is_owed_and_under_way),
        WITH_FOLDER(first_sight_is_silent),
        WITH_FOLDER(news_is_for_those_who_want_the_account),
        WITH_FOLDER(reports_beyond_the_cursor_and_not),
        WITH_FOLDER(renamed_mailbox_keeps_its_cursor),
        WITH_FOLDER(attention_is_for_those_who_want_it),
        WITH_FOLDER(versions_grow_with_each_event),
        WITH_FOLDER(internaldate_at_the_end_of_time),
        WITH_FOLDER(version_is_durable_once_it_is_committed),
        WITH_FOLDER(power_cut_before_the_commit_loses_no_mail),
        WITH_FOLDER(delivered_is_written_lazily),
        WITH_FOLDER(delivered_goes_with_the_next_commit),
        WITH_FOLDER(old_payment_does_not_pay_for_the_new),
        WITH_FOLDER(all_of_it_survives_a_restart),
        WITH_FOLDER(held_and_assigned_later),
        WITH_FOLDER(held_push_survives_a_power_cut),
        WITH_FOLDER(witness_ends_the_holding),
        WITH_FOLDER(live_delivery_is_a_witness),
        WITH_FOLDER(untrusted_calendar_counts_on),
        WITH_FOLDER(quarantined_ledger_owes_everyone_one_push),
        WITH_FOLDER(quarantined_ledger_and_an_untrusted_calendar),
        WITH_FOLDER(unavailable_from_the_start),
        WITH_FOLDER(knowledge_that_comes_late),
        WITH_FOLDER(unavailable_and_no_trusted_calendar),
        WITH_FOLDER(full_card_for_a_while),
        WITH_FOLDER(full_card_and_no_trusted_calendar),
        WITH_FOLDER(url_rotated_while_the_card_is_full),
        WITH_FOLDER(silent_rule_moves_the_cursor_only),
        WITH_FOLDER(rule_names_who_is_told),
        WITH_FOLDER(more_comes_while_the_first_is_on_its_way),
        WITH_FOLDER(held_mail_survives_a_power_cut),
        WITH_FOLDER(held_mail_is_told_when_the_interval_is_over),
        WITH_FOLDER(held_mail_and_a_ledger_that_comes_late),
        WITH_FOLDER(full_card_while_mail_is_held),
        WITH_FOLDER(push_for_another_reason_pays),
        WITH_FOLDER(rule_is_gone_that_holds_something),
        WITH_FOLDER(rule_is_gone_after_a_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
