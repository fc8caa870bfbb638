/*
 * Attention: telling that a person must act, by the way by which mail is told.
 *
 * Each trouble is told once, when it begins (a certificate that is not accepted
 * after an hour, for servers renew them late), and again only if it was over in
 * between. What an endpoint was found to be when the process began is not news.
 */
#ifndef IMAPPUSHD_CORE_ATTENTION_H
#define IMAPPUSHD_CORE_ATTENTION_H

#include "core/outbox.h"
#include "core/roster.h"

struct trouble;

struct attention {
    struct trouble *troubles; /* that are there now */
    size_t count;
    bool begun;
    int64_t next_ms; /* when one that lasts is told */
};

/* Looks who is in trouble now, and owes a push to each endpoint that wants to
 * know of what is new. To be called after whatever may have changed that. */
void attention_run(struct attention *attention, const struct roster *roster,
                   struct outbox *outbox, int64_t now_ms);

/* When attention_run() has to be called again, if nothing happens before. */
int64_t attention_next(const struct attention *attention);

void attention_finish(struct attention *attention);

#endif
