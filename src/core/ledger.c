#include "core/ledger.h"

#include "base/alloc.h"
#include "core/database.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    ALL_INTERVALS,
    PUT_INTERVAL,
    CLEAR_INTERVALS,
    STATEMENTS
};

static const char *const words[STATEMENTS] = {
    [GET_LAST] = "SELECT last FROM series",
    [GET_CURSOR] = "SELECT uidvalidity, uidnext FROM cursor"
                   " WHERE host = ? AND user = ? AND mailbox = ?",
    [GET_ENDPOINT] = "SELECT assigned, delivered, held, account, mailbox,"
                     " attention, health, last_status, probes, next"
                     " FROM endpoint WHERE id = ?",
    [HAS_NAME] = "SELECT 1 FROM endpoint WHERE name = ? AND id <> ?",
    [PUT_LAST] = "INSERT OR REPLACE INTO series VALUES (1, ?)",
    [PUT_CURSOR] = "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?, ?)",
    [PUT_ENDPOINT] = "INSERT OR REPLACE INTO endpoint VALUES"
                     " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [ALL_ENDPOINTS] = "SELECT id, name FROM endpoint",
    [DROP_ENDPOINT] = "DELETE FROM endpoint WHERE id = ?",
    [ALL_INTERVALS] = "SELECT endpoint, rule, over, holds, account, mailbox"
                      " FROM later",
    [PUT_INTERVAL] = "INSERT OR REPLACE INTO later VALUES (?, ?, ?, ?, ?, ?)",
    [CLEAR_INTERVALS] = "DELETE FROM later",
};

struct ledger {
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENTS];
};

static int prepare(struct ledger *ledger, struct error *err)
{
    for (int i = 0; i < STATEMENTS; i++) {
        if (sqlite3_prepare_v3(ledger->database, words[i], -1,
                               SQLITE_PREPARE_PERSISTENT,
                               &ledger->statements[i], NULL) != SQLITE_OK)
            return database_fail(ledger->database, err);
    }
    return 0;
}

struct ledger *ledger_open(const char *folder, enum ledger_find *find,
                           struct error *err)
{
    struct ledger *ledger = xcalloc(1, sizeof *ledger);
    char *path = xasprintf("%s/ledger.db", folder);

    ledger->database = database_open(path, find, err);
    if (!ledger->database || prepare(ledger, err) < 0)
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
    database_fail(ledger->database, err);
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
        row->attention = sqlite3_column_int(statement, 5) != 0;
        row->health = (enum health)sqlite3_column_int(statement, 6);
        row->last_status = sqlite3_column_int(statement, 7);
        row->probes = sqlite3_column_int(statement, 8);
        row->next_s = sqlite3_column_int64(statement, 9);
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
    return database_run(ledger->database, "BEGIN IMMEDIATE", err);
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
                     bind(ledger, PUT_ENDPOINT, "ssnnnssnnnnn", id, name,
                          row->assigned, row->delivered, (int64_t)row->held,
                          row->account, row->mailbox, (int64_t)row->attention,
                          (int64_t)row->health, (int64_t)row->last_status,
                          (int64_t)row->probes, row->next_s),
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
                          size_t count,
                          bool (*keep)(const void *context, const char *name),
                          const void *context, struct error *err)
{
    sqlite3_stmt *all = bind(ledger, ALL_ENDPOINTS, "");
    int found;

    while ((found = step(ledger, all, err)) > 0) {
        char id[128], name[1024];

        copy_text(all, 0, id, sizeof id);
        copy_text(all, 1, name, sizeof name);
        if (!is_listed(id, ids, count) && !keep(context, name) &&
            write_row(ledger, bind(ledger, DROP_ENDPOINT, "s", id), err) < 0)
            break;
    }
    sqlite3_reset(all);
    return found == 0 ? 0 : -1;
}

int ledger_next_interval(struct ledger *ledger, struct ledger_interval *row,
                         struct error *err)
{
    sqlite3_stmt *all = ledger->statements[ALL_INTERVALS];
    int found = step(ledger, all, err);

    *row = (struct ledger_interval){0};
    if (found > 0) {
        copy_text(all, 0, row->endpoint, sizeof row->endpoint);
        copy_text(all, 1, row->rule, sizeof row->rule);
        row->over_us = sqlite3_column_int64(all, 2);
        row->holds = sqlite3_column_int(all, 3) != 0;
        copy_text(all, 4, row->account, sizeof row->account);
        copy_text(all, 5, row->mailbox, sizeof row->mailbox);
    } else {
        sqlite3_reset(all);
    }
    return found;
}

int ledger_put_interval(struct ledger *ledger,
                        const struct ledger_interval *row, struct error *err)
{
    return write_row(ledger,
                     bind(ledger, PUT_INTERVAL, "ssnnss", row->endpoint,
                          row->rule, row->over_us, (int64_t)row->holds,
                          row->account, row->mailbox),
                     err);
}

int ledger_clear_intervals(struct ledger *ledger, struct error *err)
{
    return write_row(ledger, bind(ledger, CLEAR_INTERVALS, ""), err);
}

int ledger_commit(struct ledger *ledger, struct error *err)
{
    return database_run(ledger->database, "COMMIT", err);
}

void ledger_rollback(struct ledger *ledger)
{
    if (!sqlite3_get_autocommit(ledger->database))
        sqlite3_exec(ledger->database, "ROLLBACK", NULL, NULL, NULL);
}
