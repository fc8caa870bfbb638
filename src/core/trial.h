/*
 * A push that a person asked for, and how it went.
 */
#ifndef IMAPPUSHD_CORE_TRIAL_H
#define IMAPPUSHD_CORE_TRIAL_H

#include "base/request.h"

#include <stdbool.h>
#include <stdint.h>

struct trial {
    int64_t version; /* 0: there was none */
    bool alone;      /* nothing else was owed: it may say that it is a trial */
    int64_t next_ms; /* not before, on clock_boottime_ms() */
    bool over;
    enum outcome_kind kind; /* when it is over */
    int status;
    int64_t took_ms;
    char text[256]; /* what happened, where no answer came */
};

/* A version was sent, and this is what came of it: the trial is over if it was
 * that one or a newer. */
void trial_end(struct trial *trial, int64_t version,
               const struct outcome *outcome);

#endif
