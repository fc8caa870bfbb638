/*
 * The status: all that the core knows of its accounts and endpoints, for a
 * person or a script that asks. It is written when it is asked for, from what
 * is there anyway; docs/status.schema.json has its form.
 *
 * Moments are kept on the clock that never steps, and become those of the
 * calendar only here: a calendar that was set does not show nonsense.
 */
#ifndef IMAPPUSHD_CORE_STATUS_H
#define IMAPPUSHD_CORE_STATUS_H

#include "base/json.h"
#include "config/config.h"
#include "core/outbox.h"
#include "core/roster.h"

#include <stdbool.h>
#include <stdint.h>

struct status_source {
    const struct config *config;
    struct outbox *outbox;
    struct roster *roster;
    int64_t begun_ms;   /* the daemon */
    bool config_is_old; /* there is a newer one, which has errors */
};

/* Writes it; with a name only the account and the endpoint of that name. False
 * where there are none, and what was written is of no use. */
bool status_write(const struct status_source *source, const char *name,
                  struct json *json);

/* ---- the parts ---- */

/* A moment of clock_boottime_ms(), null for 0 and CLOCK_NEVER. */
void status_moment(struct json *json, const char *name, int64_t at_ms);

/* A number, null for 0. */
void status_number(struct json *json, const char *name, int64_t number);

/* An account of the configuration; member is null where it is not enabled. */
void status_write_account(struct json *json, const struct account *account,
                          struct member *member, struct outbox *outbox);

void status_write_endpoint(struct json *json, const struct recipient *recipient,
                           bool ledger_fails);

#endif
