/*
 * Pushes that may come later: at most one in an interval.
 *
 * The first is sent at once. What comes within the interval after it is owed at
 * once, in the ledger like everything, but not sent before the interval is
 * over; a push that must not wait pays for it too. The calendar decides,
 * because this outlives the process: where it was set back, nothing waits for
 * longer than the longest interval there can be.
 */
#ifndef IMAPPUSHD_CORE_LATER_H
#define IMAPPUSHD_CORE_LATER_H

#include "base/account.h"
#include "core/recipient.h"

#include <stdint.h>

/* How an endpoint is told of mail that fell under these rules of the account (a
 * set of bits, see RULE_NONE): 0 at once, else the interval in seconds, the
 * shortest that there is; -1: not at all. */
int later_interval(const struct account *account, int64_t rules,
                   const char *endpoint);

/* The recipient is about to be assigned the next version, told like that. */
void later_note(struct recipient *recipient, int interval_s, int64_t now_s);

/* What waited was taken. */
void later_paid(struct recipient *recipient, int64_t now_s);

/* How long it has to wait yet, in seconds. */
int64_t later_wait_s(const struct recipient *recipient, int64_t now_s);

#endif
