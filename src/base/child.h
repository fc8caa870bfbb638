/*
 * What every forked child does first, wherever it was forked.
 */
#ifndef IMAPPUSHD_BASE_CHILD_H
#define IMAPPUSHD_BASE_CHILD_H

#include <sys/types.h>

/*
 * In the child: a process group of its own, signals and mask as a fresh
 * program has them, killed when its parent dies (and gone at once where it
 * died already: parent is the pid before the fork), no NOTIFY_SOCKET. All
 * descriptors but 0, 1, 2 and keep (or -1) are closed; keep becomes number 3,
 * which is returned.
 */
int child_settle(pid_t parent, int keep);

#endif
