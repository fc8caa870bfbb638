/*
 * The courier at work: requests come in on the link, each is sent, outcomes go
 * back, in whatever order they are known.
 *
 * One thread, one wait. Nothing ticks: libcurl's sockets and timers, the link
 * and one timerfd on CLOCK_BOOTTIME, which counts on through a suspend, are
 * all that wakes it. The deadline of a transfer is kept here and not by
 * libcurl, whose clock stops in suspend.
 */
#ifndef IMAPPUSHD_COURIER_COURIER_H
#define IMAPPUSHD_COURIER_COURIER_H

/* More requests wait in the link: each connection holds 4 MB of trust anchors
 * while it is set up, and maybe a thread for the name lookup. */
#define COURIER_TRANSFERS 32
#define COURIER_KEPT_CONNECTIONS 8

/* Enough for each transfer: lookup (3), two addresses raced, one to spare. */
#define COURIER_DESCRIPTORS (64 + COURIER_TRANSFERS * 6)

struct courier_patience {
    int request_ms; /* the whole of a request; REQUEST_DEADLINE_MS */
    int body_ms;    /* for what follows the headers of an answer */
    int kept_ms;    /* without work: the kept connections are closed */
    int quiet_ms;   /* without work: the courier leaves */
};

/* Works until it has been quiet for long enough, and returns the exit status.
 * Does not return when the core is gone: the process ends at once then, with
 * all it was doing. libcurl must have been initialised. */
int courier_run(int link, const struct courier_patience *patience);

#endif
