/*
 * What is said to the core of a transfer that has ended.
 *
 * Once a status line came, the status is the outcome, whatever happened to the
 * rest: the push service has decided, and a body that was cut or never ended
 * does not change that.
 */
#ifndef IMAPPUSHD_COURIER_JUDGE_H
#define IMAPPUSHD_COURIER_JUDGE_H

#include "base/request.h"
#include "courier/transfer.h"

#include <curl/curl.h>

/* Longer waits are not believed: an hour is what a newer version may wait. */
#define RETRY_AFTER_MAX_S 3600

/* result: how libcurl ended it; CURLE_OPERATION_TIMEDOUT when the courier did,
 * at the deadline. The outcome's text points into the transfer or stays; it
 * holds no part of the URL but the host. */
void judge_transfer(struct transfer *transfer, CURLcode result,
                    struct outcome *outcome);

#endif
