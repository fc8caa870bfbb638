/*
 * What the core hands to a session by fork.
 */
#ifndef IMAPPUSHD_BASE_PLAN_H
#define IMAPPUSHD_BASE_PLAN_H

#include "base/account.h"

#include <stdbool.h>

struct plan {
    const struct account *account;
    bool lead; /* finds out what there is to watch, and how, and polls what is
                  left; the others idle on the one mailbox they are ordered */
    bool await_keyring; /* the last session found no open one: wait for that */
    int refresh_interval_s; /* the account's, or what was learned to be needed
                             */
};

/* How a session runs, in the forked child: session_run(). The core gets it
 * from main(), because it knows nothing of what a session does. */
typedef void plan_main(const struct plan *plan, int link);

#endif
