/*
 * When something may be sent to a recipient.
 */
#ifndef IMAPPUSHD_CORE_DUE_H
#define IMAPPUSHD_CORE_DUE_H

#include "core/recipient.h"

#include <stdbool.h>
#include <stdint.h>

/* Is there a version to be sent? */
bool due_has_version(const struct recipient *recipient);

/* When a recipient's newest version may be sent, or else a sign of life;
 * CLOCK_NEVER for not at all. A trial waits for nothing but the answer to what
 * is under way. */
int64_t due_ms(const struct recipient *recipient);

#endif
