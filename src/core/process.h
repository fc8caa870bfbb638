/*
 * A child of the core: started, listened to, ended (never waited for).
 */
#ifndef IMAPPUSHD_CORE_PROCESS_H
#define IMAPPUSHD_CORE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid;     /* 0: not running; also the id of its process group */
    int link;      /* our end of its record socket; -1 when it has closed its
                      own, or is not running */
    int64_t by_ms; /* ended if nothing was heard of it by then */
};

/* What the child does; it gets the number of its end of the socket and never
 * returns. Memory of the core is there as it was; nothing of it may be changed
 * for the core. */
typedef void process_main(void *context, int link);

/* Forks. 0, or -1 with errno. */
int process_start(struct process *process, process_main *main, void *context,
                  int64_t patience_ms);

/* Kills the whole group, at once, and reaps. What was sent before can still
 * be read from the link; process_close() then. */
void process_kill(struct process *process);
void process_close(struct process *process);

/* It has closed its end of the socket: it has a second to end as well, and
 * nobody listens for more until then. */
void process_hang_up(struct process *process);

/* The pid of a child that has ended and is still to be reaped, its group
 * killed; 0 for none. It is reaped, and its exit said in words of at most size
 * bytes ("was killed by signal 11"; empty for an orderly end). */
pid_t process_reap(char *words, size_t size);

/*
 * When a crashed or killed child may be started again: at once, then after a
 * second, and at most ten times a minute.
 */
struct pace {
    int64_t starts_ms[10];
    unsigned next;
};

/* Counts a start that is wanted now; returns when it may happen. */
int64_t pace_next(const struct pace *pace, int64_t now_ms);
void pace_count(struct pace *pace, int64_t now_ms);

#endif
