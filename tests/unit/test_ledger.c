/*
 * What must survive does, and what is not in order is put aside: never
 * deleted, never believed.
 */
#include "scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/ledger.h"
#include "core/version.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct error err;
static enum ledger_find find;

static struct ledger *open_ledger(void)
{
    err = (struct error){0};
    return ledger_open(scratch, &find, &err);
}

static struct ledger *open_good(enum ledger_find expected)
{
    struct ledger *ledger = open_ledger();

    if (!ledger)
        fail_msg("%s", err.text);
    assert_int_equal(find, expected);
    return ledger;
}

/* What the tests put in, and expect to find again. */
#define LAST INT64_C(1795569510000000)
#define ID "0123456789abcdef0123456789abcdef"
#define OTHER_ID "ffffffffffffffffffffffffffffffff"

static const struct ledger_endpoint phone = {.assigned = LAST,
                                             .delivered = LAST - 5,
                                             .account = "home",
                                             .mailbox = "\xc3\x84rger"};

#define RULE "00112233445566778899aabbccddeeff"
static const struct ledger_interval interval = {.endpoint = ID,
                                                .rule = RULE,
                                                .over_us = LAST + 5,
                                                .holds = true,
                                                .account = "home",
                                                .mailbox = "\xc3\x84rger"};

static void fill(struct ledger *ledger)
{
    assert_int_equal(ledger_begin(ledger, &err), 0);
    assert_int_equal(ledger_put_last(ledger, LAST, &err), 0);
    assert_int_equal(ledger_put_cursor(ledger, "imap.example", "me", "INBOX",
                                       &(struct cursor){7, 100}, &err),
                     0);
    assert_int_equal(ledger_put_endpoint(ledger, ID, "phone", &phone, &err), 0);
    assert_int_equal(ledger_put_interval(ledger, &interval, &err), 0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
}

static void assert_filled(struct ledger *ledger)
{
    struct ledger_endpoint row;
    struct cursor cursor;
    int64_t last;

    assert_int_equal(ledger_get_last(ledger, &last, &err), 1);
    assert_int_equal(last, LAST);
    assert_int_equal(
        ledger_get_cursor(ledger, "imap.example", "me", "INBOX", &cursor, &err),
        1);
    assert_int_equal(cursor.uidvalidity, 7);
    assert_int_equal(cursor.uidnext, 100);
    assert_int_equal(ledger_get_endpoint(ledger, ID, &row, &err), 1);
    assert_int_equal(row.assigned, phone.assigned);
    assert_int_equal(row.delivered, phone.delivered);
    assert_string_equal(row.account, phone.account);
    assert_string_equal(row.mailbox, phone.mailbox);
}

static void assert_empty(struct ledger *ledger)
{
    struct ledger_endpoint row = {.assigned = 5, .account = "x"};
    struct cursor cursor = {5, 5};
    int64_t last = 5;

    assert_int_equal(ledger_get_last(ledger, &last, &err), 0);
    assert_int_equal(last, 0);
    assert_int_equal(
        ledger_get_cursor(ledger, "imap.example", "me", "INBOX", &cursor, &err),
        0);
    assert_int_equal(cursor.uidnext, 0);
    assert_int_equal(ledger_get_endpoint(ledger, ID, &row, &err), 0);
    assert_int_equal(row.assigned, 0);
    assert_string_equal(row.account, "");
    assert_int_equal(ledger_has_name(ledger, "phone", OTHER_ID, &err), 0);
}

static void make_filled(void)
{
    struct ledger *ledger = open_good(LEDGER_FRESH);

    fill(ledger);
    ledger_close(&ledger);
    assert_null(ledger);
}

/* ---- in order ---- */

static void fresh_then_found(void **state)
{
    struct stat info;
    struct ledger *ledger = open_good(LEDGER_FRESH);

    (void)state;
    assert_empty(ledger);
    assert_int_equal(stat(scratch_file("ledger.db"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    ledger_close(&ledger);
    ledger_close(&ledger);
    ledger = open_good(LEDGER_FOUND);
    assert_empty(ledger);
    fill(ledger);
    assert_filled(ledger);
    ledger_close(&ledger);
    ledger = open_good(LEDGER_FOUND);
    assert_filled(ledger);
    ledger_close(&ledger);
    assert_int_equal(scratch_count("ledger.db"), 1); /* no log left over */
}

/* The largest and the strangest that can be put in. */
static void values_at_the_limit(void **state)
{
    struct ledger *ledger = open_good(LEDGER_FRESH);
    struct ledger_endpoint row = {.assigned = VERSION_MAX,
                                  .delivered = VERSION_MAX,
                                  .held = true},
                           found;
    struct cursor cursor;
    int64_t last;

    (void)state;
    memset(row.account, 'a', sizeof row.account - 1);
    memset(row.mailbox, 'm', sizeof row.mailbox - 1);
    assert_int_equal(ledger_begin(ledger, &err), 0);
    assert_int_equal(ledger_put_last(ledger, VERSION_MAX, &err), 0);
    assert_int_equal(ledger_put_cursor(ledger, "", "it's \"me\"", "a'b;--",
                                       &(struct cursor){INT64_MAX, UID_MAX},
                                       &err),
                     0);
    assert_int_equal(ledger_put_endpoint(ledger, ID, "", &row, &err), 0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    ledger_close(&ledger);
    ledger = open_good(LEDGER_FOUND);
    assert_int_equal(ledger_get_last(ledger, &last, &err), 1);
    assert_int_equal(last, VERSION_MAX);
    assert_int_equal(
        ledger_get_cursor(ledger, "", "it's \"me\"", "a'b;--", &cursor, &err),
        1);
    assert_true(cursor.uidvalidity == INT64_MAX);
    assert_int_equal(cursor.uidnext, UID_MAX);
    assert_int_equal(ledger_get_endpoint(ledger, ID, &found, &err), 1);
    assert_true(found.held);
    assert_string_equal(found.account, row.account);
    assert_string_equal(found.mailbox, row.mailbox);
    ledger_close(&ledger);
}

static void cursors_of_the_same_name_elsewhere(void **state)
{
    struct ledger *ledger = open_good(LEDGER_FRESH);
    struct cursor cursor;

    (void)state;
    fill(ledger);
    assert_int_equal(
        ledger_get_cursor(ledger, "imap.other", "me", "INBOX", &cursor, &err),
        0);
    assert_int_equal(
        ledger_get_cursor(ledger, "imap.example", "Me", "INBOX", &cursor, &err),
        0);
    assert_int_equal(
        ledger_get_cursor(ledger, "imap.example", "me", "Inbox", &cursor, &err),
        0);
    assert_int_equal(cursor.uidnext, 0);
    ledger_close(&ledger);
}

static void name_with_another_url(void **state)
{
    struct ledger *ledger = open_good(LEDGER_FRESH);

    (void)state;
    fill(ledger);
    assert_int_equal(ledger_has_name(ledger, "phone", OTHER_ID, &err), 1);
    assert_int_equal(ledger_has_name(ledger, "phone", ID, &err), 0);
    assert_int_equal(ledger_has_name(ledger, "tablet", OTHER_ID, &err), 0);
    ledger_close(&ledger);
}

static void intervals_one_by_one(void **state)
{
    struct ledger *ledger = open_good(LEDGER_FRESH);
    struct ledger_interval row, other = interval;

    (void)state;
    assert_int_equal(ledger_next_interval(ledger, &row, &err), 0);
    fill(ledger);
    strcpy(other.endpoint, OTHER_ID);
    other.holds = false;
    assert_int_equal(ledger_begin(ledger, &err), 0);
    assert_int_equal(ledger_put_interval(ledger, &other, &err), 0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ledger_next_interval(ledger, &row, &err), 1);
        assert_memory_equal(&row, &interval, sizeof row);
        assert_int_equal(ledger_next_interval(ledger, &row, &err), 1);
        assert_memory_equal(&row, &other, sizeof row);
        assert_int_equal(ledger_next_interval(ledger, &row, &err), 0);
    }
    assert_int_equal(ledger_begin(ledger, &err), 0);
    assert_int_equal(ledger_clear_intervals(ledger, &err), 0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    assert_int_equal(ledger_next_interval(ledger, &row, &err), 0);
    ledger_close(&ledger);
}

static bool nobody(const void *context, const char *name)
{
    (void)context;
    (void)name;
    return false;
}

static void removed_endpoints_are_forgotten(void **state)
{
    static const char *const keep[] = {ID, "another"};
    struct ledger *ledger = open_good(LEDGER_FRESH);
    struct ledger_endpoint row;
    char id[33];

    (void)state;
    assert_int_equal(ledger_begin(ledger, &err), 0);
    for (int i = 0; i < 200; i++) {
        snprintf(id, sizeof id, "%032d", i);
        assert_int_equal(ledger_put_endpoint(ledger, id, "n", &phone, &err), 0);
    }
    assert_int_equal(ledger_put_endpoint(ledger, ID, "phone", &phone, &err), 0);
    assert_int_equal(ledger_keep_endpoints(ledger, keep, 2, nobody, NULL, &err),
                     0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    assert_int_equal(ledger_get_endpoint(ledger, ID, &row, &err), 1);
    assert_int_equal(ledger_get_endpoint(ledger, id, &row, &err), 0);
    assert_int_equal(ledger_has_name(ledger, "n", ID, &err), 0);
    assert_int_equal(ledger_begin(ledger, &err), 0);
    assert_int_equal(ledger_keep_endpoints(ledger, NULL, 0, nobody, NULL, &err),
                     0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    assert_int_equal(ledger_get_endpoint(ledger, ID, &row, &err), 0);
    ledger_close(&ledger);
}

static void rolled_back_as_if_nothing_had_been(void **state)
{
    struct ledger *ledger = open_good(LEDGER_FRESH);

    (void)state;
    fill(ledger);
    assert_int_equal(ledger_begin(ledger, &err), 0);
    assert_int_equal(ledger_put_last(ledger, LAST + 9, &err), 0);
    assert_int_equal(ledger_keep_endpoints(ledger, NULL, 0, nobody, NULL, &err),
                     0);
    ledger_rollback(ledger);
    assert_filled(ledger);
    ledger_rollback(ledger); /* nothing to take back */
    assert_int_equal(ledger_begin(ledger, &err), 0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    ledger_close(&ledger);
}

/* ---- a crash ---- */

/* Copies the folder as a power cut would leave it. */
static void copy_to(const char *name)
{
    char command[128];

    snprintf(command, sizeof command, "mkdir %s && cp %s/ledger.db* %s",
             scratch_file(name), scratch, scratch_file(name));
    assert_int_equal(system(command), 0);
}

static void committed_is_on_disk(void **state)
{
    struct ledger *ledger = open_good(LEDGER_FRESH), *copy;

    (void)state;
    fill(ledger);
    assert_int_equal(ledger_begin(ledger, &err), 0);
    assert_int_equal(ledger_put_last(ledger, LAST + 9, &err), 0);
    copy_to("half"); /* a transaction is open */
    ledger_rollback(ledger);
    ledger_close(&ledger);
    copy = ledger_open(scratch_file("half"), &find, &err);
    assert_non_null(copy);
    assert_int_equal(find, LEDGER_FOUND);
    assert_filled(copy);
    ledger_close(&copy);
}

/* Descriptors, mappings and the handle are a child's too; as long as it calls
 * nothing, its end does no harm. */
static void fork_that_does_not_touch_it(void **state)
{
    struct ledger *ledger = open_good(LEDGER_FRESH);
    int status;

    (void)state;
    fill(ledger);
    pid_t child = fork();

    if (child == 0) {
        close_range(3, ~0U, 0);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_filled(ledger);
    assert_int_equal(ledger_begin(ledger, &err), 0);
    assert_int_equal(
        ledger_put_cursor(ledger, "h", "u", "m", &(struct cursor){1, 2}, &err),
        0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    copy_to("cut");
    ledger_close(&ledger);
    ledger = ledger_open(scratch_file("cut"), &find, &err);
    assert_non_null(ledger);
    assert_filled(ledger);
    ledger_close(&ledger);
}

static void second_process_is_kept_out(void **state)
{
    struct ledger *ledger = open_good(LEDGER_FRESH);
    int status;

    (void)state;
    fill(ledger);
    pid_t child = fork();

    if (child == 0) {
        close_range(3, ~0U, 0);
        execl("/proc/self/exe", "second", scratch, (char *)NULL);
        _exit(99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_filled(ledger);
    ledger_close(&ledger);
    assert_int_equal(scratch_count("ledger.db.damaged"), 0);
}

/* What that process does: 0 if it was kept out. */
static int second_process(const char *folder)
{
    struct ledger *ledger = ledger_open(folder, &find, &err);

    return ledger == NULL && err.class == ERROR_LATER ? 0 : 1;
}

/* ---- not in order ---- */

static void assert_quarantined(void)
{
    struct ledger *ledger = open_good(LEDGER_QUARANTINED);

    assert_empty(ledger);
    fill(ledger);
    ledger_close(&ledger);
    assert_true(scratch_count("ledger.db.damaged-") >= 1);
    ledger = open_good(LEDGER_FOUND);
    assert_filled(ledger);
    ledger_close(&ledger);
}

/* Begins anew, with an empty folder. */
static void again(void)
{
    scratch_teardown(NULL);
    assert_int_equal(scratch_setup(NULL), 0);
}

static void cut_in_half(void **state)
{
    struct stat info;

    (void)state;
    make_filled();
    assert_int_equal(stat(scratch_file("ledger.db"), &info), 0);
    for (off_t parts = 1; parts < 8; parts++) {
        assert_int_equal(
            truncate(scratch_file("ledger.db"), info.st_size * parts / 8), 0);
        assert_quarantined();
        again();
        make_filled();
    }
}

static void garbage(void **state)
{
    char bytes[20000];

    (void)state;
    memset(bytes, 0x5a, sizeof bytes);
    scratch_write("ledger.db", bytes, sizeof bytes);
    assert_quarantined();
    again();
    scratch_write("ledger.db", "{}\n", 3);
    assert_quarantined();
    again();
    make_filled(); /* and a card that lost the middle of a good one */
    int fd = open(scratch_file("ledger.db"), O_WRONLY);

    assert_int_equal(pwrite(fd, bytes, 8192, 4096), 8192);
    close(fd);
    assert_quarantined();
}

/* Runs SQL on the file, as another program would. */
static void tamper(const char *sql)
{
    sqlite3 *database;
    char *message = NULL;

    assert_int_equal(sqlite3_open(scratch_file("ledger.db"), &database), 0);
    if (sqlite3_exec(database, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void file_of_another_program(void **state)
{
    static const char *const others[] = {
        "CREATE TABLE bookmarks (url TEXT);",
        "PRAGMA application_id = 5; CREATE TABLE series (last INTEGER);",
        "CREATE TABLE series (one INTEGER PRIMARY KEY, last INTEGER);",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        tamper(others[i]);
        assert_quarantined();
        again();
    }
    make_filled();
    tamper("PRAGMA user_version = 99;"); /* of a later version of ours */
    assert_quarantined();
}

/* What the first version wrote is there, and what it did not know is at its
 * default; only once. */
static void ledger_of_an_earlier_version(void **state)
{
    struct ledger_endpoint row;
    struct ledger_interval held;

    (void)state;
    make_filled();
    tamper("ALTER TABLE endpoint DROP COLUMN attention;"
           "ALTER TABLE endpoint DROP COLUMN health;"
           "ALTER TABLE endpoint DROP COLUMN last_status;"
           "ALTER TABLE endpoint DROP COLUMN probes;"
           "ALTER TABLE endpoint DROP COLUMN next;"
           "DROP TABLE later;"
           "PRAGMA user_version = 1;");
    for (int i = 0; i < 2; i++) {
        struct ledger *ledger = open_good(LEDGER_FOUND);

        assert_filled(ledger);
        assert_int_equal(ledger_get_endpoint(ledger, ID, &row, &err), 1);
        assert_int_equal(row.health, HEALTH_OK);
        assert_int_equal(row.next_s, 0);
        assert_int_equal(ledger_next_interval(ledger, &held, &err), 0);
        ledger_close(&ledger);
    }
}

static void table_is_missing(void **state)
{
    static const char *const losses[] = {
        "DROP TABLE series;",
        "DROP TABLE cursor;",
        "DROP TABLE endpoint;",
        "DROP TABLE later;",
        "ALTER TABLE endpoint DROP COLUMN mailbox;",
        "ALTER TABLE endpoint DROP COLUMN next;",
        "DROP TABLE endpoint; PRAGMA user_version = 1;",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(losses); i++) {
        make_filled();
        tamper(losses[i]);
        struct ledger *ledger = open_ledger();

        if (!ledger)
            fail_msg("%s: cannot be opened ever after: %s", losses[i],
                     err.text);
        ledger_close(&ledger);
        assert_int_equal(find, LEDGER_QUARANTINED);
        again();
    }
}

/* A bit that fell over in a number leaves the file in order. */
static void values_out_of_range(void **state)
{
    static const char *const values[] = {
        "UPDATE series SET last = -1;",
        "UPDATE series SET last = 9007199254740992;",
        "UPDATE series SET last = 9223372036854775807;",
        "UPDATE endpoint SET assigned = -1;",
        "UPDATE endpoint SET assigned = 9007199254740992;",
        "UPDATE endpoint SET assigned = 9223372036854775807;",
        "UPDATE endpoint SET delivered = -1;",
        "UPDATE endpoint SET delivered = 9007199254740992;",
        "UPDATE endpoint SET attention = 2;",
        "UPDATE endpoint SET health = 4;",
        "UPDATE endpoint SET last_status = 1000;",
        "UPDATE endpoint SET probes = -1;",
        "UPDATE endpoint SET next = -1;",
        "UPDATE later SET over = -1;",
        "UPDATE later SET over = 9223372036854775807;",
        "UPDATE later SET holds = 2;",
        "UPDATE cursor SET uidnext = -1;",
        "UPDATE cursor SET uidnext = 4294967296;",
        "UPDATE cursor SET uidvalidity = -1;",
    };
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        make_filled();
        tamper(values[i]);
        struct ledger *ledger = open_ledger();

        assert_non_null(ledger);
        ledger_close(&ledger);
        if (find != LEDGER_QUARANTINED) {
            print_error("believed: %s\n", values[i]);
            wrong++;
        }
        again();
    }
    assert_int_equal(wrong, 0);
}

/* A box without a clock of its own begins in the same second each time. */
static void damaged_twice_in_a_second(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 3; i++) {
        scratch_write("ledger.db", "garbage", 7);
        struct ledger *ledger = open_good(LEDGER_QUARANTINED);

        ledger_close(&ledger);
        assert_int_equal(scratch_count("ledger.db.damaged-"), i);
    }
}

static void empty_file_is_a_fresh_one(void **state)
{
    (void)state;
    scratch_write("ledger.db", "", 0);
    struct ledger *ledger = open_good(LEDGER_FRESH);

    assert_empty(ledger);
    ledger_close(&ledger);
}

/* ---- cannot be had ---- */

static void symbolic_link_is_refused(void **state)
{
    (void)state;
    make_filled();
    assert_int_equal(
        rename(scratch_file("ledger.db"), scratch_file("elsewhere")), 0);
    assert_int_equal(
        symlink(scratch_file("elsewhere"), scratch_file("ledger.db")), 0);
    assert_null(open_ledger());
    assert_string_equal(err.code, "ledger");
    assert_true(err.text[0] != '\0');
    assert_int_equal(scratch_count("ledger.db"), 1);
    again();
    assert_int_equal(symlink("/nowhere/at/all", scratch_file("ledger.db")), 0);
    assert_null(open_ledger());
}

static void no_plain_file(void **state)
{
    (void)state;
    assert_int_equal(mkdir(scratch_file("ledger.db"), 0700), 0);
    assert_null(open_ledger());
    assert_true(err.text[0] != '\0');
    assert_int_equal(rmdir(scratch_file("ledger.db")), 0);
    assert_int_equal(mkfifo(scratch_file("ledger.db"), 0600), 0);
    assert_null(open_ledger());
    assert_true(err.text[0] != '\0');
    assert_null(ledger_open("/nowhere/at/all", &find, &err));
}

/* ---- a full disk ---- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void disk_full_at_the_commit(void **state)
{
    struct ledger *ledger = open_good(LEDGER_FRESH);
    int result;

    (void)state;
    fill(ledger);
    limit_files(0);
    result = ledger_begin(ledger, &err);
    if (result == 0)
        result = ledger_put_last(ledger, LAST + 9, &err);
    if (result == 0)
        result = ledger_commit(ledger, &err);
    limit_files(RLIM_INFINITY);
    assert_int_equal(result, -1);
    assert_int_equal(err.class, ERROR_LATER);
    assert_true(err.text[0] != '\0');
    ledger_rollback(ledger);
    ledger_close(&ledger);
    ledger = open_good(LEDGER_FOUND);
    assert_filled(ledger);
    ledger_close(&ledger);
}

/* However far it got: it is no damage. */
static void disk_full_while_it_is_made(void **state)
{
    (void)state;
    for (rlim_t limit = 0; limit < 70000; limit += 2048) {
        limit_files(limit);
        struct ledger *ledger = open_ledger();

        ledger_close(&ledger);
        limit_files(RLIM_INFINITY);
        ledger = open_ledger();
        assert_non_null(ledger);
        ledger_close(&ledger);
        if (find == LEDGER_QUARANTINED)
            fail_msg("put aside after %ld bytes", (long)limit);
        again();
    }
}

#define WITH_FOLDER(test)                                                      \
    cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(fresh_then_found),
        WITH_FOLDER(values_at_the_limit),
        WITH_FOLDER(cursors_of_the_same_name_elsewhere),
        WITH_FOLDER(name_with_another_url),
        WITH_FOLDER(intervals_one_by_one),
        WITH_FOLDER(removed_endpoints_are_forgotten),
        WITH_FOLDER(rolled_back_as_if_nothing_had_been),
        WITH_FOLDER(committed_is_on_disk),
        WITH_FOLDER(fork_that_does_not_touch_it),
        WITH_FOLDER(second_process_is_kept_out),
        WITH_FOLDER(cut_in_half),
        WITH_FOLDER(garbage),
        WITH_FOLDER(file_of_another_program),
        WITH_FOLDER(ledger_of_an_earlier_version),
        WITH_FOLDER(ledger_of_an_earlier_version),
        WITH_FOLDER(table_is_missing),
        WITH_FOLDER(values_out_of_range),
        WITH_FOLDER(damaged_twice_in_a_second),
        WITH_FOLDER(empty_file_is_a_fresh_one),
        WITH_FOLDER(symbolic_link_is_refused),
        WITH_FOLDER(no_plain_file),
        WITH_FOLDER(disk_full_at_the_commit),
        WITH_FOLDER(disk_full_while_it_is_made),
    };

    if (argc == 2 && strcmp(argv[0], "second") == 0)
        return second_process(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
