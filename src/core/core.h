/*
 * The only process that must live.
 *
 * One thread and one wait: for the links of sessions and courier, for signals,
 * for the next moment at which anything is due. It touches no network, no
 * parser of foreign data, and no secret of an account.
 */
#ifndef IMAPPUSHD_CORE_CORE_H
#define IMAPPUSHD_CORE_CORE_H

#include "base/plan.h"

/* Runs until SIGTERM or SIGINT; returns the exit status (sysexits). SIGHUP
 * reads the configuration at path anew. */
int core_run(const char *path, plan_main *session);

#endif
