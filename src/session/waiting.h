/*
 * Messages of a look whose rule is known only when the server has searched for
 * them (gmail_search). Pure: UIDs go in, and what the searches found.
 */
#ifndef IMAPPUSHD_SESSION_WAITING_H
#define IMAPPUSHD_SESSION_WAITING_H

#include "base/letterhead.h"
#include "session/match.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More messages of one look do not wait. */
#define WAITING_MAX 200

struct waiter {
    int64_t uid;
    int64_t internaldate;
    struct match_verdict verdict; /* its asks: what is still to be asked */
    bool found;                   /* by the search that is going on */
    struct letterhead letterhead; /* empty where nobody shows it, or knows who
                                     may be shown it */
};

struct waiting {
    struct waiter list[WAITING_MAX];
    size_t count;
    bool refused; /* it was said that the server refuses to search */
};

/* False where there is no more room. */
bool waiting_add(struct waiting *waiting, int64_t uid, int64_t internaldate,
                 const struct match_verdict *verdict,
                 const struct letterhead *letterhead);

/* The first and last UID of those that ask about a rule; false if none does.
 * Rules are gone through in their order. */
bool waiting_range(const struct waiting *waiting, size_t rule, int64_t *first,
                   int64_t *last);

/* The search found that message (or one that nobody asked about). */
void waiting_found(struct waiting *waiting, size_t rule, int64_t uid);

/* The search is over: who was found has its rule, the others go on asking. With
 * answered false nobody knows, and those that asked fall under none. */
void waiting_settle(struct waiting *waiting, size_t rule, bool answered);

#endif
