/*
 * Getting versions delivered: the courier, and when to try what again
 * (invariant 4: one request in flight per endpoint, always the newest
 * version).
 */
#ifndef IMAPPUSHD_CORE_DELIVERY_H
#define IMAPPUSHD_CORE_DELIVERY_H

#include "core/outbox.h"
#include "core/process.h"
#include "core/registry.h"

#include <stdbool.h>
#include <stdint.h>

struct delivery {
    struct outbox *outbox;
    struct registry *registry; /* has questions to the courier */
    char *program;             /* the courier's path */
    char *key;                 /* the path of the key for Web Push */
    bool needs_key;            /* an endpoint is of that kind */
    struct process courier;
    struct pace pace;
    int64_t courier_ms;    /* it is not started before this */
    int64_t ask_ms;        /* nor asked before this */
    struct record *secret; /* requests are written here */
    struct record *answer; /* outcomes are read here */
};

/* state: the folder that keys are in. */
void delivery_init(struct delivery *delivery, struct outbox *outbox,
                   struct registry *registry, const char *program,
                   const char *state);

/* Another configuration, which the outbox has already: a courier that lacks the
 * key it needs, or holds one that nobody needs any more, is ended. */
void delivery_configure(struct delivery *delivery, const struct config *config);
void delivery_finish(struct delivery *delivery);

/* Sends what is owed, durable and due; starts the courier if it has to. */
void delivery_run(struct delivery *delivery, int64_t now_ms);

/* When delivery_run() has to be called again. */
int64_t delivery_next(const struct delivery *delivery);

/* Is an answer awaited? */
bool delivery_is_busy(const struct delivery *delivery);

/* The courier has something to say, or left. */
void delivery_read(struct delivery *delivery);

/* A child was reaped; true if it was the courier. */
bool delivery_reaped(struct delivery *delivery, pid_t pid, const char *words);

/* Forgets all waiting: after a reload, or when the network is back. */
void delivery_hurry(struct delivery *delivery);

#endif
