/*
 * What the core hands to a session by fork.
 */
#ifndef IMAPPUSHD_BASE_PLAN_H
#define IMAPPUSHD_BASE_PLAN_H

#include "base/account.h"
#include "base/buffer.h"

#include <stdbool.h>

/* What a session is for. */
enum purpose {
    PURPOSE_WATCH,
    PURPOSE_LIST, /* to say which mailboxes there are, and to leave */
    PURPOSE_TEST  /* to say how far it comes, step by step, and to leave */
};

struct plan {
    const struct account *account;
    enum purpose purpose;
    bool lead; /* finds out what there is to watch, and how, and polls what is
                  left; the others idle on the one mailbox they are ordered */
    struct buffer *secret; /* the password, where it is in no store yet; null.
                              The session wipes its own copy */
    bool await_keyring; /* the last session found no open one: wait for that */
    int refresh_interval_s; /* the account's, or what was learned to be needed
                             */
};

/* How a session runs, in the forked child: session_run(). The core gets it
 * from main(), because it knows nothing of what a session does. */
typedef void plan_main(const struct plan *plan, int link);

#endif
