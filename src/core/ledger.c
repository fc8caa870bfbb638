#include "core/ledger.h"

#include "base/alloc.h"
#include "base/log.h"
#include "core/version.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* "imps": tells file(1), and us, whose database it is. */
#define APPLICATION_ID 0x696d7073
#define SCHEMA_VERSION 1
#define TEXT_OF(x) #x
#define NUMBER(x) TEXT_OF(x)

static const char schema[] =
    "CREATE TABLE series (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " last INTEGER NOT NULL) STRICT;"
    "CREATE TABLE cursor (host TEXT NOT NULL, user TEXT NOT NULL,"
    " mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL,"
    " uidnext INTEGER NOT NULL,"
    " PRIMARY KEY (host, user, mailbox)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE endpoint (id TEXT PRIMARY KEY, name TEXT NOT NULL,"
    " assigned INTEGER NOT NULL, delivered INTEGER NOT NULL,"
    " held INTEGER NOT NULL,"
    " account TEXT NOT NULL, mailbox TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "PRAGMA application_id = " NUMBER(
        APPLICATION_ID) ";"
                        "PRAGMA user_version = " NUMBER(SCHEMA_VERSION) ";";

enum statement {
    GET_LAST,
    GET_CURSOR,
    GET_ENDPOINT,
    HAS_NAME,
    PUT_LAST,
    PUT_CURSOR,
    PUT_ENDPOINT,
    ALL_ENDPOINTS,
    DROP_ENDPOINT,
    STATEMENTS
};

static const char *const words[STATEMENTS] = {
    [GET_LAST] = "SELECT last FROM series",
    [GET_CURSOR] = "SELECT uidvalidity, uidnext FROM cursor"
                   " WHERE host = ? AND user = ? AND mailbox = ?",
    [GET_ENDPOINT] = "SELECT assigned, delivered, held, account, mailbox"
                     " FROM endpoint WHERE id = ?",
    [HAS_NAME] = "SELECT 1 FROM endpoint WHERE name = ? AND id <> ?",
    [PUT_LAST] = "INSERT OR REPLACE INTO series VALUES (1, ?)",
    [PUT_CURSOR] = "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?, ?)",
    [PUT_ENDPOINT] =
        "INSERT OR REPLACE INTO endpoint VALUES (?, ?, ?, ?, ?, ?, ?)",
    [ALL_ENDPOINTS] = "SELECT id FROM endpoint",
    [DROP_ENDPOINT] = "DELETE FROM endpoint WHERE id = ?",
};

struct ledger {
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENTS];
};

static int fail(struct ledger *ledger, struct error *err)
{
    int code = sqlite3_system_errno(ledger->database);

    return error_set(err, ERROR_LATER, "ledger", "%s%s%s",
                     sqlite3_errmsg(ledger->database), code ? ": " : "",
                     code ? strerror(code) : "");
}

static int run(struct ledger *ledger, const char *sql, struct error *err)
{
    return sqlite3_exec(ledger->database, sql, NULL, NULL, NULL) == SQLITE_OK
               ? 0
               : fail(ledger, err);
}

/* The first column of the first row, as a number; -1 where there is none. */
static int64_t ask(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t answer = -1;

    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return answer;
}

static bool says_ok(sqlite3 *database)
{
    sqlite3_stmt *statement = NULL;
    bool ok = false;

    if (sqlite3_prepare_v2(database, "PRAGMA quick_check", -1, &statement,
                           NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(statement, 0);

        ok = text && strcmp((const char *)text, "ok") == 0;
    }
    sqlite3_finalize(statement);
    return ok;
}

/* ---- opening ---- */

enum state { STATE_GOOD, STATE_EMPTY, STATE_DAMAGED, STATE_ERROR };

static enum state judge(struct ledger *ledger, struct error *err)
{
    sqlite3 *database = ledger->database;
    int code = sqlite3_exec(database,
                            "PRAGMA locking_mode = EXCLUSIVE;"
                            "PRAGMA journal_mode = WAL;"
                            "PRAGMA synchronous = FULL;"
                            "PRAGMA temp_store = MEMORY;"
                            "PRAGMA mmap_size = 0;"
                            "BEGIN IMMEDIATE; COMMIT;",
                            NULL, NULL, NULL);

    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        return STATE_DAMAGED;
    if (code != SQLITE_OK) {
        fail(ledger, err);
        return STATE_ERROR;
    }
    if (ask(database, "SELECT count(*) FROM sqlite_schema") == 0)
        return STATE_EMPTY;
    if (ask(database, "PRAGMA application_id") != APPLICATION_ID ||
        ask(database, "PRAGMA user_version") != SCHEMA_VERSION ||
        !says_ok(database))
        return STATE_DAMAGED;
    int64_t last = ask(database, "SELECT ifnull(max(last), 0) FROM series");

    return last < 0 || last > VERSION_MAX ? STATE_DAMAGED : STATE_GOOD;
}

/* Symbolic links are not followed: nobody but us has business here. */
static int make_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat info;

    if (fd < 0)
        return error_set(err, ERROR_LATER, "ledger", "%s: %s", path,
                         strerror(errno));
    int result = fstat(fd, &info);

    close(fd);
    if (result < 0 || !S_ISREG(info.st_mode) || info.st_uid != geteuid())
        return error_set(err, ERROR_PERSON, "ledger",
                         "%s is not a file of ours", path);
    return 0;
}

static void put_aside(const char *path)
{
    static const char *const parts[] = {"", "-wal", "-shm"};
    char *aside = xasprintf("%s.damaged-%lld", path, (long long)time(NULL));

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *from = xasprintf("%s%s", path, parts[i]);
        char *to = xasprintf("%s%s", aside, parts[i]);

        if (rename(from, to) == 0 && i == 0)
            log_error("the ledger is damaged; it was put aside as %s and a "
                      "new one begun, and every endpoint gets one push",
                      to);
        free(from);
        free(to);
    }
    free(aside);
}

static int open_database(struct ledger *ledger, const char *path,
                         struct error *err)
{
    if (make_file(path, err) < 0)
        return -1;
    if (sqlite3_open_v2(path, &ledger->database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW |
                            SQLITE_OPEN_NOMUTEX,
                        NULL) == SQLITE_OK)
        return 0;
    fail(ledger, err);
    sqlite3_close(ledger->database);
    ledger->database = NULL;
    return -1;
}

static int prepare(struct ledger *ledger, struct error *err)
{
    for (int i = 0; i < STATEMENTS; i++) {
        if (sqlite3_prepare_v3(ledger->database, words[i], -1,
                               SQLITE_PREPARE_PERSISTENT,
                               &ledger->statements[i], NULL) != SQLITE_OK)
            return fail(ledger, err);
    }
    return 0;
}

struct ledger *ledger_open(const char *folder, enum ledger_find *find,
                           struct error *err)
{
    struct ledger *ledger = xcalloc(1, sizeof *ledger);
    char *path = xasprintf("%s/ledger.db", folder);
    enum state state = STATE_ERROR;

    *find = LEDGER_FOUND;
    for (int i = 0; i < 2; i++) {
        if (open_database(ledger, path, err) < 0)
            break;
        state = judge(ledger, err);
        if (state != STATE_DAMAGED || i > 0)
            break;
        sqlite3_close(ledger->database);
        ledger->database = NULL;
        put_aside(path);
        *find = LEDGER_QUARANTINED;
    }
    if (state == STATE_EMPTY) {
        if (*find == LEDGER_FOUND)
            *find = LEDGER_FRESH;
        if (run(ledger, schema, err) == 0)
            state = STATE_GOOD;
    }
    if (state == STATE_DAMAGED)
        error_set(err, ERROR_LATER, "ledger", "%s is damaged", path);
    if (state != STATE_GOOD || prepare(ledger, err) < 0)
        ledger_close(&ledger);
    free(path);
    return ledger;
}

void ledger_close(struct ledger **ledger)
{
    if (*ledger) {
        for (int i = 0; i < STATEMENTS; i++)
            sqlite3_finalize((*ledger)->statements[i]);
        sqlite3_close((*ledger)->database);
        free(*ledger);
    }
    *ledger = NULL;
}

/* ---- statements ---- */

/* Binds, by a letter each: s a string, n a number. */
static sqlite3_stmt *bind(struct ledger *ledger, enum statement which,
                          const char *types, ...)
{
    sqlite3_stmt *statement = ledger->statements[which];
    va_list args;

    sqlite3_reset(statement);
    va_start(args, types);
    for (int i = 1; *types; i++, types++) {
        if (*types == 's')
            sqlite3_bind_text(statement, i, va_arg(args, const char *), -1,
                              SQLITE_TRANSIENT);
        else
            sqlite3_bind_int64(statement, i, va_arg(args, int64_t));
    }
    va_end(args);
    return statement;
}

/* 1: a row. 0: none. -1. The statement stays open at its row. */
static int step(struct ledger *ledger, sqlite3_stmt *statement,
                struct error *err)
{
    int code = sqlite3_step(statement);

    if (code == SQLITE_ROW)
        return 1;
    if (code == SQLITE_DONE)
        return 0;
    fail(ledger, err);
    sqlite3_reset(statement);
    return -1;
}

static int write_row(struct ledger *ledger, sqlite3_stmt *statement,
                     struct error *err)
{
    int result = step(ledger, statement, err);

    sqlite3_reset(statement);
    return result < 0 ? -1 : 0;
}

static void copy_text(sqlite3_stmt *statement, int column, char *text,
                      size_t size)
{
    const unsigned char *found = sqlite3_column_text(statement, column);

    snprintf(text, size, "%s", found ? (const char *)found : "");
}

int ledger_get_last(struct ledger *ledger, int64_t *last, struct error *err)
{
    sqlite3_stmt *statement = bind(ledger, GET_LAST, "");
    int found = step(ledger, statement, err);

    *last = found > 0 ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return found;
}

int ledger_get_cursor(struct ledger *ledger, const char *host, const char *user,
                      const char *mailbox, struct cursor *cursor,
                      struct error *err)
{
    sqlite3_stmt *statement =
        bind(ledger, GET_CURSOR, "sss", host, user, mailbox);
    int found = step(ledger, statement, err);

    *cursor = (struct cursor){0};
    if (found > 0) {
        cursor->uidvalidity = sqlite3_column_int64(statement, 0);
        cursor->uidnext = sqlite3_column_int64(statement, 1);
    }
    sqlite3_reset(statement);
    return found;
}

int ledger_get_endpoint(struct ledger *ledger, const char *id,
                        struct ledger_endpoint *row, struct error *err)
{
    sqlite3_stmt *statement = bind(ledger, GET_ENDPOINT, "s", id);
    int found = step(ledger, statement, err);

    *row = (struct ledger_endpoint){0};
    if (found > 0) {
        row->assigned = sqlite3_column_int64(statement, 0);
        row->delivered = sqlite3_column_int64(statement, 1);
        row->held = sqlite3_column_int64(statement, 2) != 0;
        copy_text(statement, 3, row->account, sizeof row->account);
        copy_text(statement, 4, row->mailbox, sizeof row->mailbox);
    }
    sqlite3_reset(statement);
    return found;
}

int ledger_has_name(struct ledger *ledger, const char *name, const char *id,
                    struct error *err)
{
    sqlite3_stmt *statement = bind(ledger, HAS_NAME, "ss", name, id);
    int found = step(ledger, statement, err);

    sqlite3_reset(statement);
    return found;
}

int ledger_begin(struct ledger *ledger, struct error *err)
{
    return run(ledger, "BEGIN IMMEDIATE", err);
}

int ledger_put_last(struct ledger *ledger, int64_t last, struct error *err)
{
    return write_row(ledger, bind(ledger, PUT_LAST, "n", last), err);
}

int ledger_put_cursor(struct ledger *ledger, const char *host, const char *user,
                      const char *mailbox, const struct cursor *cursor,
                      struct error *err)
{
    return write_row(ledger,
                     bind(ledger, PUT_CURSOR, "sssnn", host, user, mailbox,
                          cursor->uidvalidity, cursor->uidnext),
                     err);
}

int ledger_put_endpoint(struct ledger *ledger, const char *id, const char *name,
                        const struct ledger_endpoint *row, struct error *err)
{
    return write_row(ledger,
                     bind(ledger, PUT_ENDPOINT, "ssnnnss", id, name,
                          row->assigned, row->delivered, (int64_t)row->held,
                          row->account, row->mailbox),
                     err);
}

static bool is_listed(const char *id, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ids[i], id) == 0)
            return true;
    }
    return false;
}

int ledger_keep_endpoints(struct ledger *ledger, const char *const *ids,
                          size_t count, struct error *err)
{
    sqlite3_stmt *all = bind(ledger, ALL_ENDPOINTS, "");
    int found;

    while ((found = step(ledger, all, err)) > 0) {
        char id[128];

        copy_text(all, 0, id, sizeof id);
        if (!is_listed(id, ids, count) &&
            write_row(ledger, bind(ledger, DROP_ENDPOINT, "s", id), err) < 0)
            break;
    }
    sqlite3_reset(all);
    return found == 0 ? 0 : -1;
}

int ledger_commit(struct ledger *ledger, struct error *err)
{
    return run(ledger, "COMMIT", err);
}

void ledger_rollback(struct ledger *ledger)
{
    if (!sqlite3_get_autocommit(ledger->database))
        sqlite3_exec(ledger->database, "ROLLBACK", NULL, NULL, NULL);
}
