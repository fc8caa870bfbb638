/*
 * Is a message a delivery that somebody wants to hear of? Pure: no I/O, and
 * never the box's own clock, which may be wrong.
 *
 * A client that puts a message into a mailbox (APPEND, COPY, MOVE) looks much
 * like a delivery. Only a positive sign speaks against a message; what is
 * missing from the server's answer, or cannot be read, speaks for it.
 */
#ifndef IMAPPUSHD_SESSION_RULES_H
#define IMAPPUSHD_SESSION_RULES_H

#include "base/account.h"
#include "session/heads.h"
#include "session/response.h"
#include "session/waiting.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Messages that were delivered, by the server's own ids of their content. */
#define RULES_SEEN 64

struct rules {
    const struct account *account; /* null: it has no rules */
    const char *mailbox;
    char separator;          /* of levels in its name */
    unsigned uses;           /* special ones of the mailbox: use_of() */
    struct waiting *waiting; /* for a search; null: the server does not */
    struct heads *heads;     /* what may be shown; null: nobody shows it */
    bool deliveries_only;
    bool live;      /* what comes now is told as it happens */
    int64_t newest; /* INTERNALDATE of the newest delivery; 0: none */
    char seen[RULES_SEEN][RESPONSE_EMAILID_SIZE];
    size_t next_seen;
};

/*
 * What a look asks of each message, for every FETCH and every NOTIFY: the one
 * list. Marks nothing as seen. SAVEDATE (RFC 8514) and EMAILID (RFC 8474) only
 * where the server has them. At most size bytes, which 256 are enough for.
 */
void rules_attributes(const struct rules *rules, bool savedate, bool emailid,
                      char *attributes, size_t size);

/*
 * Against a message speak: \Seen (a filter of the owner's may have set it),
 * \Deleted, \Draft; and with deliveries_only, in this order, an EMAILID that
 * was delivered before (a copy or a move); a SAVEDATE more than 120 s after
 * INTERNALDATE, on a live event (older mail was copied or moved: some servers
 * take the time of a flag change for it later); no Received field although the
 * header was read (RFC 5321 4.4: whoever delivers adds one); and where there is
 * no SAVEDATE, an INTERNALDATE more than a day before that of the newest
 * delivery.
 */
bool rules_want(const struct rules *rules, const struct response *fetch);

/* Which of the account's rules (session/match.h) a wanted message falls under:
 * its index, RULE_NONE, or RULE_WAITS where the server has to search for it;
 * and what may be shown of it then, which is nothing where there is a doubt
 * about the rule. */
#define RULE_WAITS SIZE_MAX
size_t rules_find(const struct rules *rules, const struct response *fetch,
                  struct letterhead *letterhead);

/* The same of messages that there may be, and of which nothing is known but
 * their mailbox. */
size_t rules_doubt(const struct rules *rules);

/* Is that rule one whose mail is never told? */
bool rules_silence(const struct rules *rules, size_t rule);

/* The rule as a member of a set, which is the bits of a number; of those that
 * silence nothing is said. */
int64_t rules_bit(const struct rules *rules, size_t rule);

/* Remembers a delivery. */
void rules_remember(struct rules *rules, const struct response *fetch);

#endif
