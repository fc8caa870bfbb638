/*
 * The state directory, and that it is ours alone.
 */
#ifndef IMAPPUSHD_CORE_STATE_H
#define IMAPPUSHD_CORE_STATE_H

#include "base/state_path.h"

/*
 * state_path(), made 0700 where it is missing, for who does not work on it
 * alone; free() it. Null, with the exit status (sysexits) in status and the
 * reason logged, if it cannot be made or belongs to somebody else.
 */
char *state_prepare(int *status);

/*
 * The same, made 0700 where it is missing; free() it. Null, with the exit
 * status (sysexits) in status and the reason logged, if it belongs to somebody
 * else, or another instance is at work on it (75; for an action that does so
 * it waits ten seconds). Where it cannot be made or written (a full or
 * read-only card) that is said, and the daemon goes on without a ledger.
 */
char *state_enter(int *status);

/*
 * The same for a moment, for an action that does the daemon's work where none
 * runs: a daemon that starts meanwhile waits up to ten seconds. Null, with the
 * exit status and the reason logged, where it cannot be had.
 */
char *state_borrow(int *lock, int *status);
void state_give_back(int *lock);

#endif
