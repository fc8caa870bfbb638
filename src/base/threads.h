/*
 * Threads that libraries start.
 */
#ifndef IMAPPUSHD_BASE_THREADS_H
#define IMAPPUSHD_BASE_THREADS_H

/* Makes those to come small. libcurl looks up names in threads; by default each
 * would reserve 8 MiB of address space for its stack and 64 MiB for its heap,
 * which the limit on memory (sandbox.h) would count. */
void threads_make_small(void);

#endif
