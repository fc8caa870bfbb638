#include "core/trial.h"

#include <stdio.h>

void trial_end(struct trial *trial, int64_t version,
               const struct outcome *outcome)
{
    if (trial->over || trial->version == 0 || version < trial->version)
        return;
    trial->over = true;
    trial->kind = outcome->kind;
    trial->status = outcome->status;
    trial->took_ms = outcome->took_ms;
    snprintf(trial->text, sizeof trial->text, "%s", outcome->text);
}
