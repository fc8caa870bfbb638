/*
 * What works now and will not survive a logout or a reboot: the settings of the
 * machine that a service of one user depends on.
 */
#ifndef IMAPPUSHD_CLI_ADVICE_H
#define IMAPPUSHD_CLI_ADVICE_H

#include "base/json.h"
#include "cli/answer.h"

#include <stdbool.h>
#include <sys/types.h>

/* Where to look, so that tests can have a machine of their own. */
struct advice_places {
    const char *root;   /* "" for this machine */
    const char *config; /* $XDG_CONFIG_HOME, or ~/.config */
    const char *user;   /* the login name */
};

/* Those of this machine and user, which stay. */
const struct advice_places *advice_here(void);

/* Is there a service manager, and the unit for it? Is that started with it
 * from now on? Does the manager of this user's services start at boot, and
 * outlive a logout? */
bool advice_can_enable(const struct advice_places *places);
bool advice_is_enabled(const struct advice_places *places);
bool advice_lingers(const struct advice_places *places);

/* What there is to say of a status (core/status), as a JSON array: objects with
 * code, text and action. */
void advice_write(const struct advice_places *places,
                  const struct answer *status, struct json *json);

#endif
