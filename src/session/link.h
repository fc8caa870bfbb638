/*
 * The session's end of the link to the core: reports, each with a promise of
 * the next one. The core ends who does not keep it.
 */
#ifndef IMAPPUSHD_SESSION_LINK_H
#define IMAPPUSHD_SESSION_LINK_H

#include "session/session.h"

/* For what lies around steps that are bounded by themselves. */
#define LINK_MARGIN_MS 30000

/* Reports; promises the next report within the given time, or with 0 lets the
 * promise before stand. Leaves the process if the core is gone. */
void link_report(struct session *session, struct report *report,
                 int64_t within_ms);

/* Nothing to report but the promise. */
void link_promise(struct session *session, int64_t within_ms);

/* Promises more time if the last promise would not cover another command. */
void link_stay_alive(struct session *session);

/* For a test: a step is done. Says nothing to the core. */
void link_step(struct session *session, enum step step, enum step_result result,
               const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The last report, and out. */
void link_end(struct session *session, const struct error *err)
    __attribute__((noreturn));

#endif
