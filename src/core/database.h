/*
 * The ledger's file: opened by rules that survive power cuts and damage.
 *
 * Write-ahead log and synchronous=FULL, because the default journal loses
 * acknowledged transactions when the power goes; an exclusive lock, because
 * there is one writer, and so that no shared-memory file is needed. A file
 * that is not in order is put aside, never deleted and never believed.
 */
#ifndef IMAPPUSHD_CORE_DATABASE_H
#define IMAPPUSHD_CORE_DATABASE_H

#include "base/error.h"
#include "core/ledger.h"

#include <sqlite3.h>

/* A database with our tables, empty where the file is new; sqlite3_close() it.
 * Null with err. */
sqlite3 *database_open(const char *path, enum ledger_find *find,
                       struct error *err);

/* Runs statements without results: 0, or -1 with err. */
int database_run(sqlite3 *database, const char *sql, struct error *err);

/* Fills err from the newest error of the database and returns -1. */
int database_fail(sqlite3 *database, struct error *err);

#endif
