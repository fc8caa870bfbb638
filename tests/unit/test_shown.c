/*
 * Sender and subject in the core: to whom they are shown, of which mail, and
 * that they go no further and last no longer than they have to.
 */
#include "scratch.h"

#include <stdbool.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/member.h"
#include "core/outbox.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NO_RULE (INT64_C(1) << RULE_NONE)

int adjtimex(struct timex *state)
{
    (void)state;
    return TIME_OK;
}

/* ---- a configuration ---- */

static const char *const everything[] = {"*"}, *const only_desk[] = {"desk"};

enum { SILENT, FOR_DESK, HOURLY, MINUTELY };
static const struct rule rules[] = {
    [SILENT] = {.id = "1", .push = RULE_NEVER},
    [FOR_DESK] = {.id = "2", .endpoints = only_desk, .endpoint_count = 1},
    [HOURLY] = {.id = "3", .push = RULE_LATER, .interval_s = 3600},
    [MINUTELY] = {.id = "4", .push = RULE_LATER, .interval_s = 60},
};
static const struct account account = {.name = "home",
                                       .host = "imap.example",
                                       .user = "me",
                                       .rules = rules,
                                       .rule_count = COUNT(rules),
                                       .show_headers = true,
                                       .max_connections = 1,
                                       .refresh_interval_s = 540};

#define ENDPOINT(number, called, tells)                                        \
    {                                                                          \
        .name = called, .url = "https://push.example/" number, .id = number,   \
        .label = "push.example", .kind = ENDPOINT_WEBPUSH,                     \
        .accounts = everything, .account_count = 1,                            \
        .events = EVENT_MAIL | EVENT_ATTENTION, .payload = tells,              \
    }

static const struct endpoint all[] = {ENDPOINT("1", "phone", PAYLOAD_HEADERS),
                                      ENDPOINT("2", "desk", PAYLOAD_HEADERS),
                                      ENDPOINT("3", "tv", PAYLOAD_ACCOUNT)};
static const struct endpoint switched_off[] = {
    ENDPOINT("1", "phone", PAYLOAD_ACCOUNT),
    ENDPOINT("2", "desk", PAYLOAD_HEADERS)};

static struct outbox *outbox;

static void configure(const struct endpoint *endpoints, size_t count)
{
    const struct config config = {.accounts = &account,
                                  .account_count = 1,
                                  .endpoints = endpoints,
                                  .endpoint_count = count};

    outbox_configure(outbox, &config);
}

static struct recipient *recipient(const char *name)
{
    size_t count;
    struct recipient *list = outbox_recipients(outbox, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].endpoint->name, name) == 0)
            return &list[i];
    }
    fail_msg("no %s", name);
    return NULL;
}

static int begin(void **state)
{
    int result = scratch_setup(state);

    outbox = outbox_create(scratch);
    configure(all, COUNT(all));
    return result;
}

static int end(void **state)
{
    outbox_destroy(&outbox);
    return scratch_teardown(state);
}

/* ---- what a session reports ---- */

static struct report report;

/* More that is new, under a rule; its subject, or null if it is not known. */
static void arrives(size_t rule, const char *subject)
{
    static int64_t uid = 100;
    struct report_head *head = &report.heads[report.head_count++];

    report.rules |= INT64_C(1) << rule;
    *head = (struct report_head){.rule = rule,
                                 .uid = uid++,
                                 .from = subject ? "Bob" : "",
                                 .subject = subject ? subject : ""};
}

static void is_reported(void)
{
    static int64_t uidnext = 100;

    report.type = REPORT_NEWS;
    report.mailbox = "INBOX";
    report.cursor = (struct cursor){7, uidnext++};
    assert_true(outbox_report(outbox, &account, &report));
    outbox_run(outbox, clock_boottime_ms());
    report = (struct report){0};
}

static void mail(size_t rule, const char *subject)
{
    arrives(rule, subject);
    is_reported();
}

/* null: nothing */
static void assert_shows(const char *name, const char *subject)
{
    const struct shown *shown = recipient(name)->shown;

    assert_int_equal(shown != NULL, subject != NULL);
    if (subject) {
        assert_string_equal(shown->letterhead.subject, subject);
        assert_string_equal(shown->letterhead.from, "Bob");
        assert_string_equal(recipient(name)->row.account, "home");
        assert_string_equal(recipient(name)->row.mailbox, "INBOX");
    }
}

static void pay(const char *name)
{
    outbox_paid(outbox, recipient(name), recipient(name)->row.assigned);
}

/* ---- to whom ---- */

static void shown_by_those_who_want_to(void **state)
{
    (void)state;
    mail(RULE_NONE, "Hello");
    assert_shows("phone", "Hello");
    assert_shows("desk", "Hello");
    assert_shows("tv", NULL);
    assert_true(recipient_is_owed(recipient("tv")));
}

/* The newest of those that a rule tells the endpoint of: no other. */
static void mail_that_a_rule_tells_to_others(void **state)
{
    (void)state;
    arrives(RULE_NONE, "for all");
    arrives(FOR_DESK, "for the desk");
    is_reported();
    assert_shows("phone", "for all");
    assert_shows("desk", "for the desk");
    mail(FOR_DESK, "for the desk, too");
    assert_shows("phone", "for all");
    assert_shows("desk", "for the desk, too");
    pay("phone");
    mail(FOR_DESK, "again");
    assert_shows("phone", NULL);
    assert_false(recipient_is_owed(recipient("phone")));
}

/* A session that would report it would be wrong. */
static void silent_mail(void **state)
{
    (void)state;
    arrives(RULE_NONE, "for all");
    arrives(SILENT, "for nobody");
    is_reported();
    assert_shows("phone", "for all");
}

/* ---- of which mail ---- */

static void newest_of_several(void **state)
{
    (void)state;
    mail(RULE_NONE, "one");
    mail(RULE_NONE, "two");
    assert_shows("phone", "two");
    arrives(RULE_NONE, "three");
    arrives(HOURLY, "four");
    is_reported();
    assert_shows("phone", "four");
}

/* Rather nothing than something older. */
static void newest_is_not_known(void **state)
{
    (void)state;
    mail(RULE_NONE, "one");
    mail(RULE_NONE, NULL);
    assert_shows("phone", NULL);
    mail(RULE_NONE, "two");
    report.rules = NO_RULE; /* in doubt: no words at all */
    is_reported();
    assert_shows("phone", NULL);
}

static void trouble_shows_no_mail(void **state)
{
    (void)state;
    mail(RULE_NONE, "Hello");
    outbox_attention(outbox, "home", NULL, "the login is refused");
    assert_shows("phone", NULL);
    assert_true(recipient("phone")->row.attention);
}

/* What is under way was taken; the next is still owed. */
static void more_comes_while_one_is_under_way(void **state)
{
    (void)state;
    mail(RULE_NONE, "one");
    int64_t version = recipient("phone")->row.assigned;

    mail(RULE_NONE, "two");
    outbox_paid(outbox, recipient("phone"), version);
    assert_shows("phone", "two");
    pay("phone");
    assert_shows("phone", NULL);
    assert_shows("desk", "two");
}

/* ---- what is held back ---- */

static void held_mail_is_shown_when_its_time_has_come(void **state)
{
    (void)state;
    mail(HOURLY, "first");
    mail(MINUTELY, "first of the other list");
    assert_shows("phone", "first of the other list");
    pay("phone");
    mail(MINUTELY, "held");
    mail(HOURLY, "held and newer");
    assert_shows("phone", NULL);
    assert_false(recipient_is_owed(recipient("phone")));
    outbox_run(outbox, clock_boottime_ms() + 61000); /* pays for both */
    assert_true(recipient_is_owed(recipient("phone")));
    assert_shows("phone", "held and newer");
    pay("phone");
    assert_shows("phone", NULL);
    assert_null(recipient("phone")->held);
}

static void newest_that_is_held_is_not_known(void **state)
{
    (void)state;
    mail(MINUTELY, "first");
    pay("phone");
    mail(MINUTELY, "held");
    mail(MINUTELY, NULL);
    outbox_run(outbox, clock_boottime_ms() + 61000);
    assert_true(recipient_is_owed(recipient("phone")));
    assert_shows("phone", NULL);
}

static void push_for_another_reason_pays(void **state)
{
    (void)state;
    mail(HOURLY, "first");
    mail(HOURLY, "held");
    assert_non_null(recipient("phone")->held);
    mail(RULE_NONE, "urgent");
    assert_shows("phone", "urgent");
    assert_null(recipient("phone")->held);
}

/* ---- how long ---- */

static void reload_switches_it_off_and_on(void **state)
{
    (void)state;
    mail(HOURLY, "Hello");
    mail(HOURLY, "held");
    configure(all, COUNT(all));
    assert_shows("phone", "Hello");
    configure(switched_off, COUNT(switched_off)); /* the third is gone */
    assert_shows("phone", NULL);
    assert_null(recipient("phone")->held);
    assert_true(recipient_is_owed(recipient("phone")));
    assert_shows("desk", "Hello");
    configure(all, COUNT(all));
    assert_shows("phone", NULL);
    configure(all, 1);
    mail(RULE_NONE, "more");
    assert_shows("phone", "more");
}

/* The push is owed all the same. */
static void restart_forgets_it(void **state)
{
    (void)state;
    mail(RULE_NONE, "Hello");
    outbox_destroy(&outbox);
    outbox = outbox_create(scratch);
    configure(all, COUNT(all));
    assert_true(recipient_is_owed(recipient("phone")));
    assert_shows("phone", NULL);
    assert_string_equal(recipient("phone")->row.account, "home");
}

/* The ledger is read by whoever repairs it, or finds the card. */
static void no_file_has_it(void **state)
{
    char command[128];

    (void)state;
    mail(HOURLY, "Xanthippe");
    mail(HOURLY, "Xanthippe");
    snprintf(command, sizeof command, "grep -r -q INBOX %s", scratch);
    assert_int_equal(system(command), 0); /* this one is found */
    snprintf(command, sizeof command, "grep -r -q Xanthippe %s", scratch);
    assert_int_not_equal(system(command), 0);
}

/* The next session may be that of another account. */
static void child_finds_it_wiped(void **state)
{
    static const struct shown nothing;
    int status;

    (void)state;
    mail(HOURLY, "Hello");
    mail(HOURLY, "held");
    pid_t child = fork();

    if (child == 0)
        _exit(memcmp(recipient("phone")->shown, &nothing, sizeof nothing) ||
              memcmp(recipient("phone")->held, &nothing, sizeof nothing));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_shows("phone", "Hello");
}

/* ---- the core believes no child ---- */

static struct report told;

static void tell_and_stay(const struct plan *plan, int link)
{
    struct record *record = record_create(false);

    (void)plan;
    report_send(link, record, &told);
    for (;;)
        pause();
}

/* Is a session that reports that ended? */
static bool is_ended(const struct account *of)
{
    struct seat_tools tools = {.outbox = outbox,
                               .session = tell_and_stay,
                               .scratch = record_create(true)};
    struct member *member = member_create(of);
    struct seat *seat = &member->seats[0];
    struct post inbox = {.name = strdup("INBOX")};

    member->mailboxes.list = &inbox;
    member->mailboxes.count = 1;
    member_run(member, &tools, clock_boottime_ms());
    pid_t pid = seat->process.pid;

    for (int i = 0; i < 500 && seat->tokens > 2999; i++) {
        usleep(10000);
        seat_read(seat, &tools, clock_boottime_ms());
    }
    bool ended = seat->process.pid != pid;

    member->mailboxes.list = NULL;
    member->mailboxes.count = 0;
    free(inbox.name);
    member_destroy(&member);
    record_destroy(&tools.scratch);
    return ended;
}

static void words_that_no_session_may_report(void **state)
{
    struct account plain = account;

    (void)state;
    plain.show_headers = false;
    told = (struct report){.type = REPORT_NEWS,
                           .mailbox = "INBOX",
                           .cursor = {7, 50},
                           .rules = NO_RULE,
                           .heads = {{.rule = RULE_NONE,
                                      .uid = 49,
                                      .from = "Bob",
                                      .subject = "Hello"}},
                           .head_count = 1};
    assert_false(is_ended(&account));
    assert_shows("phone", "Hello");
    assert_true(is_ended(&plain)); /* of which nobody asked for them */
    told.heads[0].rule = FOR_DESK; /* nothing fell under that */
    told.cursor.uidnext++;
    assert_true(is_ended(&account));
    told.heads[0] = (struct report_head){RULE_NONE, 49, "Bob", "a\nb"};
    assert_true(is_ended(&account));
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(shown_by_those_who_want_to),
        WITH_FOLDER(mail_that_a_rule_tells_to_others),
        WITH_FOLDER(silent_mail),
        WITH_FOLDER(newest_of_several),
        WITH_FOLDER(newest_is_not_known),
        WITH_FOLDER(trouble_shows_no_mail),
        WITH_FOLDER(more_comes_while_one_is_under_way),
        WITH_FOLDER(held_mail_is_shown_when_its_time_has_come),
        WITH_FOLDER(newest_that_is_held_is_not_known),
        WITH_FOLDER(push_for_another_reason_pays),
        WITH_FOLDER(reload_switches_it_off_and_on),
        WITH_FOLDER(restart_forgets_it),
        WITH_FOLDER(no_file_has_it),
        WITH_FOLDER(child_finds_it_wiped),
        WITH_FOLDER(words_that_no_session_may_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
