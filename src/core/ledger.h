/*
 * What must survive: how far each mailbox was judged, which version each
 * endpoint was assigned and has taken. SQLite at home (with core/database).
 *
 * No forked child may ever call sqlite3: closing the inherited handle would
 * delete the parent's log.
 */
#ifndef IMAPPUSHD_CORE_LEDGER_H
#define IMAPPUSHD_CORE_LEDGER_H

#include "base/account.h"
#include "base/endpoint.h"
#include "base/error.h"
#include "base/mailbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

enum ledger_find {
    LEDGER_FOUND,
    LEDGER_FRESH,      /* there was none */
    LEDGER_QUARANTINED /* it was damaged; a fresh one took its place */
};

/* Opens FOLDER/ledger.db, making it where it is missing. A damaged one is
 * renamed to ledger.db.damaged-TIME. Null with err. */
struct ledger *ledger_open(const char *folder, enum ledger_find *find,
                           struct error *err);
void ledger_close(struct ledger **ledger);

/* ---- reading: 1 found, 0 not there, -1 with err ---- */

int ledger_get_last(struct ledger *ledger, int64_t *last, struct error *err);
int ledger_get_cursor(struct ledger *ledger, const char *host, const char *user,
                      const char *mailbox, struct cursor *cursor,
                      struct error *err);

enum health {
    HEALTH_OK,
    HEALTH_RETRYING, /* trouble that passes: backed off */
    HEALTH_GONE,     /* 404, 410: probed ever more rarely; a 2xx revives it */
    HEALTH_PARKED,   /* a person must act: hourly, and at each new event */
    HEALTHS
};

struct ledger_endpoint {
    int64_t assigned;
    int64_t delivered;
    bool held;          /* an event waits for a version: the calendar cannot
                           be trusted yet */
    char account[256];  /* of the newest event, for templates */
    char mailbox[1024]; /* likewise */
    bool attention;     /* it was that a person must act */
    enum health health;
    int last_status; /* of the newest answer; 0: none came */
    int probes;      /* of one that is gone */
    int64_t next_s;  /* not tried before, by the calendar; 0: at once */
};
int ledger_get_endpoint(struct ledger *ledger, const char *id,
                        struct ledger_endpoint *row, struct error *err);
/* Is there a row under this name with another id? (a new URL) */
int ledger_has_name(struct ledger *ledger, const char *name, const char *id,
                    struct error *err);

/* An interval in which a rule tells an endpoint once (core/later). */
struct ledger_interval {
    char endpoint[ENDPOINT_ID_SIZE];
    char rule[RULE_ID_SIZE];
    int64_t over_us;    /* by the calendar */
    bool holds;         /* mail that is told when it is over */
    char account[256];  /* the newest of that */
    char mailbox[1024]; /* likewise */
};
/* The next one: the first, the first time and after the end. */
int ledger_next_interval(struct ledger *ledger, struct ledger_interval *row,
                         struct error *err);

/* ---- writing: 0, or -1 with err; all between begin and commit ---- */

int ledger_begin(struct ledger *ledger, struct error *err);
int ledger_put_last(struct ledger *ledger, int64_t last, struct error *err);
int ledger_put_cursor(struct ledger *ledger, const char *host, const char *user,
                      const char *mailbox, const struct cursor *cursor,
                      struct error *err);
int ledger_put_endpoint(struct ledger *ledger, const char *id, const char *name,
                        const struct ledger_endpoint *row, struct error *err);
int ledger_put_interval(struct ledger *ledger,
                        const struct ledger_interval *row, struct error *err);
int ledger_clear_intervals(struct ledger *ledger, struct error *err);
int ledger_commit(struct ledger *ledger, struct error *err);
void ledger_rollback(struct ledger *ledger);

/* Removes the rows of all endpoints but these, and those whose name is to be
 * kept: that function is asked. */
int ledger_keep_endpoints(struct ledger *ledger, const char *const *ids,
                          size_t count,
                          bool (*keep)(const void *context, const char *name),
                          const void *context, struct error *err);

#endif
