/*
 * An entry of providers.conf on its way from the file to the list.
 */
#ifndef IMAPPUSHD_CONFIG_DRAFT_PROVIDER_H
#define IMAPPUSHD_CONFIG_DRAFT_PROVIDER_H

#include "config/keys.h"
#include "config/object.h"
#include "config/providers.h"

#include <libconfig.h>

/* The file. */
struct providers_draft {
    const config_setting_t *providers; /* null: not given */
};

struct provider_draft {
    struct provider provider;
    const config_setting_t *oauth2; /* null: not given */
};

extern const struct keys keys_providers, keys_provider, keys_oauth2;

/* Checks what one key alone does not show, complains, and completes the
 * provider. */
void provider_draft_check(struct provider_draft *draft,
                          const struct object *object);

#endif
