/*
 * A place for one session of an account, and what happened to those who sat
 * in it.
 */
#ifndef IMAPPUSHD_CORE_SEAT_H
#define IMAPPUSHD_CORE_SEAT_H

#include "base/backoff.h"
#include "base/plan.h"
#include "core/invitations.h"
#include "core/outbox.h"
#include "core/process.h"
#include "core/registry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What only a person can mend is tried this rarely. */
#define SEAT_PERSON_MS 1800000

struct member;

struct seat {
    struct member *member;
    size_t index; /* 0: the lead; else that of the mailbox that it idles on */
    struct process process;
    int64_t next_ms;     /* started again then; CLOCK_NEVER while running */
    bool awaits_keyring; /* it was told to, before it logs in */
    bool logged_in;
    bool watching;
    int64_t watching_ms; /* since when */
    enum watch watch;    /* ... and how */
    int64_t heard_ms;    /* its last report but the one of its end */
    struct backoff later;
    struct pace now;
    bool explained;      /* it sent REPORT_END */
    struct error reason; /* the newest end */
    bool troubled;       /* ... and none has watched since */
    bool repeated;       /* ... said the same as the one before */
    /* how much it may still report, and since when that was counted */
    int64_t tokens, tokens_ms;
};

/* What all seats work with. */
struct seat_tools {
    struct outbox *outbox;
    struct registry *registry;
    struct invitations *invitations;
    plan_main *session;
    struct record *scratch; /* a secret one: it may hold senders and subjects */
};

void seat_init(struct seat *seat, struct member *member, size_t index);
/* Ends a session that sits there. */
void seat_clear(struct seat *seat);
const char *seat_account(const struct seat *seat);

void seat_start(struct seat *seat, const struct seat_tools *tools,
                int64_t now_ms);
/* May its link be read now? It may report thousands of things at once, then
 * ten a second. */
bool seat_may_talk(struct seat *seat, int64_t now_ms);
/* Takes all reports that are there and allowed. */
void seat_read(struct seat *seat, const struct seat_tools *tools,
               int64_t now_ms);
/* Its process is gone: decides what is next, and says so. */
void seat_ended(struct seat *seat, const char *words, int64_t now_ms);
/* Its process did not keep its promise. */
void seat_end_late(struct seat *seat, int64_t now_ms);
/* Orders a look at everything, and waits a little longer for it. */
void seat_check(struct seat *seat, struct record *scratch, int64_t now_ms);

#endif
