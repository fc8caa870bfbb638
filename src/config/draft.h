/*
 * An account or an endpoint on its way from the file to the configuration:
 * the values of its keys (keys.h), before and after they were checked.
 */
#ifndef IMAPPUSHD_CONFIG_DRAFT_H
#define IMAPPUSHD_CONFIG_DRAFT_H

#include "base/account.h"
#include "base/endpoint.h"
#include "config/object.h"
#include "config/reading.h"

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

/* The main file, apart from what is in its lists. */
struct main_draft {
    int log_level;
    bool discovery_ispdb;
    const char *vapid_subject;                    /* null: not given */
    const char *phone_page;                       /* likewise */
    const config_setting_t *accounts, *endpoints; /* null: not given */
};

struct rule_draft {
    struct rule rule;
    bool auto_submitted;
};

struct account_draft {
    struct place place; /* where its name comes from */
    struct account account;
    /* As they were read; the checks fill the fields of account from them. */
    char *host;
    int port; /* 0: not given */
    const char **command, **token_command;
    const char **mailboxes;
    const char **exclude;
    const config_setting_t *rules; /* null: not given */
    struct place *rule_places;
};

struct endpoint_draft {
    struct place place;
    struct endpoint endpoint;
    const char *url_file;
    const char *subscription_file;
    const config_setting_t *notification; /* null: not given */
    const char **events;
    size_t event_count;
    struct place accounts_place; /* of the patterns; file is null if none */
};

/* Checks what one key alone does not show, complains, and completes the
 * account; its name and place are there already. */
void account_draft_check(struct account_draft *draft,
                         const struct object *object);

/* Folds INBOX in an entry of the kind that mailboxes has: null, or what is
 * wrong with it. */
const char *draft_mailbox_trouble(const char **entry);

/* Likewise, what it logs in with (draft_auth.c). */
void auth_draft_check(struct account_draft *draft, const struct object *object);

/* Reads the account's rules, and complains about each (draft_rules.c). */
void rules_draft_check(struct account_draft *draft,
                       const struct object *object);

/* Reads the subscription of an endpoint for Web Push, and complains
 * (draft_subscription.c). */
void subscription_draft_check(struct endpoint_draft *draft,
                              const struct object *object);

/* Likewise; reads the file that the URL is in. exposed: others may read the
 * file that the endpoint is in. */
void endpoint_draft_check(struct endpoint_draft *draft,
                          const struct object *object, bool exposed);

#endif
