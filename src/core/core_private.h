/*
 * The core from inside: for core/core, core/commands, core/pairing and
 * core/trials only.
 */
#ifndef IMAPPUSHD_CORE_CORE_PRIVATE_H
#define IMAPPUSHD_CORE_CORE_PRIVATE_H

#include "base/json.h"
#include "config/config.h"
#include "core/attention.h"
#include "core/control.h"
#include "core/core.h"
#include "core/delivery.h"
#include "core/invitations.h"
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
    struct invitations invitations;
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

/* Answers "ok" (text is null), or what is wrong and what can be done. */
void core_answer(struct control_client *client, const char *code,
                 const char *text, const char *action);

/* Answers what was written, and finishes it. */
void core_send(struct control_client *client, struct json *json);

/* ---- pairing.c ---- */

/* "pair ID SECONDS ACCOUNT" */
void core_invite(struct core *core, struct control_client *client,
                 const char *operand);

/* Tells of the mail that has come, and ends what is over. */
void core_run_invitations(struct core *core, int64_t now_ms);
int64_t core_next_invitation(const struct core *core);

/* ---- trials.c ---- */

/* "test-push ID": a push now, to the endpoint of that id; answered when it is
 * known how that went. */
void core_try(struct core *core, struct control_client *client,
              const char *operand);

/* "version": one for a push to what is no endpoint of ours (yet). */
void core_reserve(struct core *core, struct control_client *client,
                  const char *operand);

/* Answers those whose push is over. */
void core_answer_trials(struct core *core);

#endif
