/*
 * Steps that are taken at the same time, in the order of their rank.
 */
#ifndef IMAPPUSHD_DISCOVER_STAGE_H
#define IMAPPUSHD_DISCOVER_STAGE_H

#include "config/providers.h"
#include "discover/mailaddress.h"
#include "discover/step.h"

#include <stddef.h>
#include <stdint.h>

#define STAGE_STEPS_MAX 8

struct stage {
    const struct mail_address *address;
    const struct providers *providers;
    CURLM *multi;
    int64_t deadline_ms; /* CLOCK_BOOTTIME */
    struct step steps[STAGE_STEPS_MAX];
    size_t count;
};

/* With at most patience_ms from now, and not beyond end_ms. Null where libcurl
 * is unusable. Destroy it. */
struct stage *stage_create(const struct mail_address *address,
                           const struct providers *providers,
                           int64_t patience_ms, int64_t end_ms);
void stage_destroy(struct stage **stage);

/* Each adds a step, which begins at once, in the order of rank. */
void stage_add_exchanger(struct stage *stage);
void stage_add_service(struct stage *stage, const char *service,
                       enum account_tls tls);
void stage_add_file(struct stage *stage, enum source source, const char *place,
                    const char *url);
void stage_add_guess(struct stage *stage, const char *host,
                     enum account_tls tls);

/* Waits until the best of the steps that have settings is known: that step, or
 * null. A step that takes too long is settled as unreachable. */
struct step *stage_run(struct stage *stage);

#endif
