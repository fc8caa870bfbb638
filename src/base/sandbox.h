/*
 * What a process gives up.
 *
 * Every process: no core files, no debugger of the same user, files made 0600.
 * A process that talks to strangers, in addition: no new privileges, nothing
 * writable, only system files readable, no new program, no signal to others,
 * no key typed into a terminal, no socket but internet ones, and no more memory
 * than the work needs. Where
 * the kernel lacks Landlock or seccomp the process goes on without; a debug
 * line says so.
 */
#ifndef IMAPPUSHD_BASE_SANDBOX_H
#define IMAPPUSHD_BASE_SANDBOX_H

#include <stdbool.h>

/* To be called first in every program. */
void sandbox_every_process(void);

#define SANDBOX_DESCRIPTORS 64

struct sandbox {
    const char *readable; /* one more file that may be read, or null */
    bool read_all;        /* every file that the user may read stays readable */
    bool unix_sockets;    /* name lookups by nscd, resolved or avahi */
    bool threads_later;   /* the limit on memory leaves room for threads */
    int descriptors;      /* most open at a time; 0: SANDBOX_DESCRIPTORS */
};

/* After the secret is there and before the first byte of a stranger; once, and
 * before the first thread, because a thread that runs already would keep its
 * rights. Never fails: each part that the kernel refuses is left out. */
void sandbox_stranger(const struct sandbox *sandbox);

#endif
