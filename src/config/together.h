/*
 * All accounts and endpoints of all files.
 */
#ifndef IMAPPUSHD_CONFIG_TOGETHER_H
#define IMAPPUSHD_CONFIG_TOGETHER_H

#include "config/draft.h"
#include "config/reading.h"

#include <stdbool.h>
#include <stddef.h>

struct together {
    struct reading *reading;
    const char *vapid_subject; /* null: not given */
    struct place vapid_place;
    const char *path; /* the main file, for what belongs to no other */
    bool broken;      /* a file could not be read: some names are not known */
    struct account_draft *accounts;
    size_t account_count;
    struct endpoint_draft *endpoints;
    size_t endpoint_count;
};

/* A new zeroed draft, to be filled before the next is added. */
struct account_draft *together_add_account(struct together *all);
struct endpoint_draft *together_add_endpoint(struct together *all);

/* Complains about what no single file shows, and tells accounts what endpoints
 * want of them. */
void together_check(struct together *all);

/* Puts the accounts and endpoints where the configuration wants them. */
void together_store(struct together *all);

#endif
