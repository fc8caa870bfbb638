/*
 * One place where settings may be found, and what came of looking there.
 *
 * Steps of a stage are looked at together, and the best place that has settings
 * counts, not the fastest.
 */
#ifndef IMAPPUSHD_DISCOVER_STEP_H
#define IMAPPUSHD_DISCOVER_STEP_H

#include "discover/finding.h"

#include <curl/curl.h>
#include <stdbool.h>

enum outcome {
    STEP_PENDING,
    STEP_FOUND,
    STEP_NOTHING,    /* somebody answered: not here */
    STEP_BAD,        /* there is something, and it cannot be used */
    STEP_UNREACHABLE /* nobody answered */
};

/* Names for scripts; people get step.told. */
enum source {
    SOURCE_PROVIDER,
    SOURCE_MX,
    SOURCE_AUTOCONFIG,
    SOURCE_SRV,
    SOURCE_ISPDB,
    SOURCE_GUESS
};

struct step {
    enum source source;
    char *place; /* in words: where; owned */
    enum outcome outcome;
    struct finding finding;
    const struct provider *provider; /* MX: whose exchanger that is */
    char *told;                      /* FOUND: who told it, in words; owned */
    /* The way to look there; what is not used is null. */
    struct query *query;
    CURL *easy;
    struct autoconfig *autoconfig;
    size_t headers; /* bytes of them */
    char error[CURL_ERROR_SIZE];
};

/* Whether people want to follow what is tried (standard error). */
void step_show_progress(bool show);

/* How it ended, and the words that follow those for the place. */
void step_settle(struct step *step, enum outcome outcome, const char *format,
                 ...) __attribute__((format(printf, 3, 4)));

void step_finish(struct step *step);

#endif
