/*
 * An endpoint in the core: what it is owed, and how delivery goes.
 */
#ifndef IMAPPUSHD_CORE_RECIPIENT_H
#define IMAPPUSHD_CORE_RECIPIENT_H

#include "base/backoff.h"
#include "base/endpoint.h"
#include "base/request.h"
#include "core/ledger.h"
#include "core/shown.h"
#include "core/trial.h"

#include <stdbool.h>
#include <stdint.h>

/* What is under way where it is no version. */
#define RECIPIENT_SIGN (-1)

struct recipient {
    const struct endpoint *endpoint; /* of the present configuration */
    char id[ENDPOINT_ID_SIZE];       /* the endpoint is secret, this is not */
    int64_t serial;                  /* names it to the courier */
    bool registered;                 /* by an app: it is in no configuration */

    /* the outbox's: what is owed is assigned > delivered */
    struct ledger_endpoint row;
    bool dirty;   /* row is newer than the ledger's */
    bool durable; /* the assigned version may be sent: it is in the ledger, or
                     the ledger cannot be written and the calendar is trusted */

    /* a sign of life (core/alive) */
    bool sign;       /* one is to be sent */
    int64_t sign_ms; /* what counts as one was taken last; 0: never */

    /* of the newest mail, where the endpoint shows that; null: not known */
    struct shown *shown; /* that is owed */
    struct shown *held;  /* that rules hold back */

    /* delivery's, on clock_boottime_ms() */
    int64_t in_flight; /* the version that is under way; 0: none */
    int64_t tried;     /* the newest version that was under way */
    int64_t sent_ms;   /* when the newest request left; 0: never */
    int64_t next_ms;   /* not before */
    struct backoff backoff;
    bool small;             /* it said that texts are too large for it (413) */
    int64_t ok_ms;          /* when it last took one; 0: not in this life */
    enum outcome_kind kind; /* of the newest outcome */
    char text[256];         /* ... and what it said, where it was no answer */
    struct trial trial;
};

static inline bool recipient_is_owed(const struct recipient *recipient)
{
    return recipient->row.assigned > recipient->row.delivered;
}

#endif
