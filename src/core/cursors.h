/*
 * How far each mailbox was judged: the ledger's cursors, in memory as they are
 * asked for.
 *
 * A cursor belongs to host, user and mailbox, not to the account's name, so
 * that renaming an account loses nothing.
 */
#ifndef IMAPPUSHD_CORE_CURSORS_H
#define IMAPPUSHD_CORE_CURSORS_H

#include "base/account.h"
#include "base/mailbox.h"
#include "core/ledger.h"

struct place {
    char *host, *user, *mailbox;
    struct cursor cursor;
    bool dirty; /* newer than the ledger's */
};

struct cursors {
    struct place *places;
    size_t count;
    size_t next; /* after the last one asked for: mostly the next one */
};

void cursors_finish(struct cursors *cursors);

/* The place of an account's mailbox, valid until the next call; its cursor is
 * the ledger's (null: there is none), or zero where it was never seen. Where
 * the ledger could not be read, err says why. */
struct place *cursors_place(struct cursors *cursors, struct ledger *ledger,
                            const struct account *account, const char *mailbox,
                            struct error *err);

/* Writes what is dirty: 0, or -1 with err. */
int cursors_write(const struct cursors *cursors, struct ledger *ledger,
                  struct error *err);

/* All are dirty, or none. */
void cursors_mark(struct cursors *cursors, bool dirty);

#endif
