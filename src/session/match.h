/*
 * Which of an account's rules a message falls under: the first one all of whose
 * criteria match. Pure.
 *
 * A criterion may be in doubt, because the server did not send the field that
 * it is about, or more of it than is looked at. A rule with a doubt, that comes
 * before the first one that matches, might be the one: then the message is
 * taken for one that no rule matches, and is told (invariant 2).
 */
#ifndef IMAPPUSHD_SESSION_MATCH_H
#define IMAPPUSHD_SESSION_MATCH_H

#include "base/account.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A message as rules see it. */
struct match_subject {
    const char *mailbox;
    char separator;     /* of levels in its name */
    unsigned uses;      /* special ones: use_of() */
    const char *header; /* the fields that match_fields() asked for, as sent */
    size_t length;
    const char *origin; /* more of them; From and Subject may stand here */
    size_t origin_length;
    bool whole;      /* ... all that the message has of them */
    bool origin_cut; /* but for From and Subject */
    bool searches;   /* the server can be asked what gmail_search finds */
};

/*
 * What is to be done: the rules in asks (a set of bits) match if their search
 * finds the message; the first of them that does is its rule. If none does it
 * is rule: an index, or RULE_NONE where none matches, or there is a doubt.
 */
struct match_verdict {
    int64_t asks;
    size_t rule;
};

struct match_verdict match_rule(const struct account *account,
                                const struct match_subject *subject);

/* The names of the fields that the rules need, or endpoints show, " FROM
 * SUBJECT", in at most MATCH_FIELDS_SIZE bytes. */
#define MATCH_FIELDS_SIZE 64
void match_fields(const struct account *account, char *fields);

#endif
