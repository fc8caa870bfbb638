/*
 * The core from inside: for core/core and core/commands only.
 */
#ifndef IMAPPUSHD_CORE_CORE_PRIVATE_H
#define IMAPPUSHD_CORE_CORE_PRIVATE_H

#include "config/config.h"
#include "core/attention.h"
#include "core/control.h"
#include "core/core.h"
#include "core/delivery.h"
#include "core/network.h"
#include "core/outbox.h"
#include "core/registry.h"
#include "core/roster.h"

struct core {
    const char *path; /* of the configuration */
    struct config *config;
    struct outbox *outbox;
    struct registry *registry;
    struct roster *roster;
    struct attention attention;
    struct delivery delivery;
    int signals, timer, steps;
    struct network network;
    struct control control;
    int64_t check_ms; /* every connection is looked at then */
    int64_t slept_ms; /* clock_slept_ms(), when last looked at */
    int64_t due_ms;   /* what the timer is set to */
    int64_t watchdog_ms, next_watchdog_ms;
    size_t said_accounts, said_watching; /* to the service manager */
    int64_t begun_ms;
    bool config_is_old; /* there is a newer one, which has errors */
    bool stopping;
};

/* ---- core.c ---- */

/* Reads the configuration again. False when the old one stays. */
bool core_reload(struct core *core);

/* Everything is looked at, and what waits is tried. */
void core_check_soon(struct core *core, int64_t in_ms);

/* ---- commands.c ---- */

/* Does what callers of the control socket have asked for, and answers. */
void core_obey(struct core *core);

/* Tells those who follow what has happened, once it is committed. */
void core_tell_followers(struct core *core);

#endif
