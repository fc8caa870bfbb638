#include "core/database.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "imps": tells file(1), and us, whose database it is. */
#define APPLICATION_ID 0x696d7073
#define SCHEMA_VERSION 2
/* VERSION_MAX, as SQL can read it */
#define VERSION_LIMIT 9007199254740991
/* HEALTHS - 1, likewise */
#define HEALTH_LAST 3
#define TEXT_OF(x) #x
#define NUMBER(x) TEXT_OF(x)

/* clang-format off */
#define LATER \
    "CREATE TABLE later (endpoint TEXT NOT NULL, rule TEXT NOT NULL," \
    " over INTEGER NOT NULL, holds INTEGER NOT NULL," \
    " account TEXT NOT NULL, mailbox TEXT NOT NULL," \
    " PRIMARY KEY (endpoint, rule)) STRICT, WITHOUT ROWID;"
static const char schema[] =
    "BEGIN IMMEDIATE;" /* all of it or nothing: a card may be full */
    "CREATE TABLE series (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " last INTEGER NOT NULL) STRICT;"
    "CREATE TABLE cursor (host TEXT NOT NULL, user TEXT NOT NULL,"
    " mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL,"
    " uidnext INTEGER NOT NULL,"
    " PRIMARY KEY (host, user, mailbox)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE endpoint (id TEXT PRIMARY KEY, name TEXT NOT NULL,"
    " assigned INTEGER NOT NULL, delivered INTEGER NOT NULL,"
    " held INTEGER NOT NULL,"
    " account TEXT NOT NULL, mailbox TEXT NOT NULL,"
    " attention INTEGER NOT NULL DEFAULT 0,"
    " health INTEGER NOT NULL DEFAULT 0,"
    " last_status INTEGER NOT NULL DEFAULT 0,"
    " probes INTEGER NOT NULL DEFAULT 0,"
    " next INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"
    LATER
    "PRAGMA application_id = " NUMBER(APPLICATION_ID) ";"
    "PRAGMA user_version = " NUMBER(SCHEMA_VERSION) ";"
    "COMMIT;";

/* What makes a ledger of each earlier version one of the next. */
static const char *const migrations[SCHEMA_VERSION] = {
    [1] =
    "BEGIN IMMEDIATE;"
    "ALTER TABLE endpoint ADD COLUMN attention INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE endpoint ADD COLUMN health INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE endpoint ADD COLUMN last_status INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE endpoint ADD COLUMN probes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE endpoint ADD COLUMN next INTEGER NOT NULL DEFAULT 0;"
    LATER
    "PRAGMA user_version = 2;"
    "COMMIT;",
};

/* One that has other tables, or holds what we never wrote, is not ours. */
#define A_VERSION " BETWEEN 0 AND " NUMBER(VERSION_LIMIT)
static const char expectations[] =
    "SELECT (SELECT count(*) FROM series WHERE last NOT" A_VERSION ")"
    " + (SELECT count(*) FROM endpoint"
    "  WHERE assigned NOT" A_VERSION " OR delivered NOT" A_VERSION
    "  OR held NOT IN (0, 1) OR attention NOT IN (0, 1) OR id IS NULL OR name IS NULL"
    "  OR account IS NULL OR mailbox IS NULL"
    "  OR health NOT BETWEEN 0 AND " NUMBER(HEALTH_LAST)
    "  OR last_status NOT BETWEEN 0 AND 999 OR probes < 0 OR next < 0)"
    " + (SELECT count(*) FROM later"
    "  WHERE over NOT" A_VERSION " OR holds NOT IN (0, 1) OR endpoint IS NULL"
    "  OR rule IS NULL OR account IS NULL OR mailbox IS NULL)"
    " + (SELECT count(*) FROM cursor"
    "  WHERE uidnext NOT BETWEEN 0 AND 4294967295 OR uidvalidity < 0"
    "  OR host IS NULL OR user IS NULL OR mailbox IS NULL)";
/* clang-format on */

int database_fail(sqlite3 *database, struct error *err)
{
    int code = sqlite3_system_errno(database);

    return error_set(err, ERROR_LATER, "ledger", "%s%s%s",
                     sqlite3_errmsg(database), code ? ": " : "",
                     code ? strerror(code) : "");
}

int database_run(sqlite3 *database, const char *sql, struct error *err)
{
    return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK
               ? 0
               : database_fail(database, err);
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

enum state { STATE_GOOD, STATE_EMPTY, STATE_DAMAGED, STATE_ERROR };

/* Each step is a transaction: what was there is there, or all of the new. */
static enum state migrate(sqlite3 *database, struct error *err)
{
    int64_t version;

    while ((version = ask(database, "PRAGMA user_version")) >= 1 &&
           version < SCHEMA_VERSION) {
        if (database_run(database, migrations[version], err) == 0)
            continue;
        int code = sqlite3_errcode(database);

        sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
        return code == SQLITE_ERROR ? STATE_DAMAGED : STATE_ERROR;
    }
    return version == SCHEMA_VERSION ? STATE_GOOD : STATE_DAMAGED;
}

static enum state judge(sqlite3 *database, struct error *err)
{
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
        database_fail(database, err);
        return STATE_ERROR;
    }
    if (ask(database, "SELECT count(*) FROM sqlite_schema") == 0)
        return STATE_EMPTY;
    if (ask(database, "PRAGMA application_id") != APPLICATION_ID ||
        !says_ok(database))
        return STATE_DAMAGED;
    enum state state = migrate(database, err);

    if (state != STATE_GOOD)
        return state;
    return ask(database, expectations) == 0 ? STATE_GOOD : STATE_DAMAGED;
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
    char *aside =
        xasprintf("%s.damaged-%lld", path, (long long)clock_realtime_us());

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

static sqlite3 *open_file(const char *path, struct error *err)
{
    sqlite3 *database = NULL;

    if (make_file(path, err) < 0)
        return NULL;
    if (sqlite3_open_v2(path, &database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW |
                            SQLITE_OPEN_NOMUTEX,
                        NULL) == SQLITE_OK)
        return database;
    database_fail(database, err);
    sqlite3_close(database);
    return NULL;
}

/* Opens it, and puts one that is not in order aside, once. */
static sqlite3 *open_sound(const char *path, enum ledger_find *find,
                           enum state *state, struct error *err)
{
    for (int i = 0; i < 2; i++) {
        sqlite3 *database = open_file(path, err);

        if (!database)
            return NULL;
        *state = judge(database, err);
        if (*state == STATE_GOOD || *state == STATE_EMPTY)
            return database;
        sqlite3_close(database);
        if (*state == STATE_ERROR)
            return NULL;
        put_aside(path);
        *find = LEDGER_QUARANTINED;
    }
    error_set(err, ERROR_LATER, "ledger", "%s is damaged", path);
    return NULL;
}

_Static_assert(VERSION_LIMIT == VERSION_MAX, "one limit, two spellings");
_Static_assert(HEALTH_LAST == HEALTHS - 1, "likewise");

sqlite3 *database_open(const char *path, enum ledger_find *find,
                       struct error *err)
{
    enum state state = STATE_ERROR;

    *find = LEDGER_FOUND;
    sqlite3 *database = open_sound(path, find, &state, err);

    if (!database || state == STATE_GOOD)
        return database;
    if (*find == LEDGER_FOUND)
        *find = LEDGER_FRESH;
    if (database_run(database, schema, err) == 0)
        return database;
    sqlite3_close(database);
    return NULL;
}
