/*
 * A request that was not taken, in words for the log.
 */
#ifndef IMAPPUSHD_CORE_FAILURE_H
#define IMAPPUSHD_CORE_FAILURE_H

#include "base/request.h"
#include "core/recipient.h"
#include "core/retry.h"

/* Says what happened, what it means, and when it is tried again: once per
 * trouble; the same again is for those who debug. The recipient is as it was
 * before. */
void failure_log(const struct recipient *recipient,
                 const struct outcome *outcome, const struct retry *retry);

#endif
