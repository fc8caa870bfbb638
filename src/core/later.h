/*
 * Pushes that may come later: at most one in an interval, for each rule that
 * says so and each endpoint that it tells.
 *
 * The first mail is told at once, and an interval begins. What comes within it
 * is held, and leads to one push when it is over, with which the next begins.
 * Any other push to the endpoint pays for what is held.
 *
 * The end of an interval is kept by the calendar, because the ledger outlives
 * the process, and on the clock that never steps; the one that comes first
 * counts. So a calendar that is set may end an interval early, but nothing
 * waits for longer than one.
 */
#ifndef IMAPPUSHD_CORE_LATER_H
#define IMAPPUSHD_CORE_LATER_H

#include "base/account.h"
#include "base/report.h"
#include "config/config.h"
#include "core/ledger.h"
#include "core/recipient.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interval {
    struct ledger_interval row;
    int64_t over_ms; /* on clock_boottime_ms() */
    int length_s;
};

struct later {
    struct interval *intervals; /* that have begun, also long ago */
    size_t count;
    bool begun; /* what the ledger knew of them was read, if it could be */
    bool dirty; /* they are not what the ledger knows */
};

/* What both clocks say. */
struct later_clock {
    int64_t calendar_us;
    int64_t boottime_ms;
};

void later_read_clock(struct later_clock *clock);
void later_finish(struct later *later);

enum later_telling {
    LATER_NOT, /* no rule tells this recipient */
    LATER_HELD,
    LATER_NOW
};

/* How a recipient is told of mail that fell under the rules of the report;
 * intervals begin, or have something to hold. */
enum later_telling later_tell(struct later *later,
                              const struct later_clock *now,
                              const struct account *account,
                              const struct report *report,
                              const struct recipient *recipient);

/* The account's rules that tell a recipient of mail, now or later, and that
 * there is none: bits. */
int64_t later_rules(const struct account *account,
                    const struct recipient *recipient);

/* The endpoint of that id is owed a push: nothing is held for it any more. */
void later_pay(struct later *later, const char *endpoint);

/* One that is over and holds something, or null. It has begun anew then, and
 * still says what it held; valid until the next call. */
const struct interval *later_due(struct later *later,
                                 const struct later_clock *now);

/* When later_due() has something, on clock_boottime_ms(). */
int64_t later_next(const struct later *later, const struct later_clock *now);

/* Reads what the ledger knows (0, or -1 with err), or writes all of it, in its
 * transaction. */
int later_read(struct later *later, struct ledger *ledger, struct error *err);
int later_write(const struct later *later, struct ledger *ledger,
                struct error *err);

/* What it held is not told yet after all: its endpoint is not known yet. */
void later_keep(struct later *later, const struct ledger_interval *row);

/* Goes through the intervals with a configuration: forgets those of endpoints
 * that are gone (may_be says of those it does not have whether they are not),
 * and hands out, one by one, what is held by rules that are gone (null at the
 * end); valid until the next call. */
const struct ledger_interval *later_orphan(
    struct later *later, const struct later_clock *now,
    const struct config *config,
    bool (*may_be)(const void *context, const char *id), const void *context);

#endif
