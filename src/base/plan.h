/*
 * What the core hands to a session by fork.
 */
#ifndef IMAPPUSHD_BASE_PLAN_H
#define IMAPPUSHD_BASE_PLAN_H

#include "base/account.h"
#include "base/mailbox.h"

#include <stdbool.h>
#include <stddef.h>

struct plan {
    const struct account *account;
    const struct mailbox *mailboxes; /* with the ledger's cursors */
    size_t count;                    /* at least one; the first is selected */
    bool lead; /* finds out what the server offers and polls what is left */
    enum watch offer; /* what the lead found; WATCH_AUTO for the lead */
};

/* How a session runs, in the forked child: session_run(). The core gets it
 * from main(), because it knows nothing of what a session does. */
typedef void plan_main(const struct plan *plan, int link);

#endif
