/*
 * Senders and subjects of a look: for each rule those of the newest wanted
 * message that fell under it, because a rule decides who may be shown them.
 * Only where an endpoint shows them at all.
 */
#ifndef IMAPPUSHD_SESSION_HEADS_H
#define IMAPPUSHD_SESSION_HEADS_H

#include "base/account.h"
#include "base/letterhead.h"
#include "base/report.h"
#include "session/response.h"

#include <stddef.h>
#include <stdint.h>

struct head {
    size_t rule; /* or RULE_NONE */
    int64_t uid;
    struct letterhead letterhead;
};

struct heads {
    struct head list[RULES_MAX + 1];
    size_t count;
};

/* What a FETCH says; empty where it does not say all that was asked for, for
 * then nobody can be sure which rule it is that the message falls under. */
void heads_read(const struct response *fetch, struct letterhead *letterhead);

/* Remembers it if no newer message fell under the rule. An empty one counts: of
 * the newest one nothing is known then. */
void heads_note(struct heads *heads, size_t rule, int64_t uid,
                const struct letterhead *letterhead);

/* Puts them into a report, whose texts are theirs then. */
void heads_report(const struct heads *heads, struct report *report);

#endif
