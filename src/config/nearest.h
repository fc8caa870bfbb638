/*
 * What somebody may have meant.
 */
#ifndef IMAPPUSHD_CONFIG_NEAREST_H
#define IMAPPUSHD_CONFIG_NEAREST_H

#include "config/keys.h"

/* The known key that the fewest changes of single characters lead to. */
const char *nearest_key(const struct keys *keys, const char *name);

#endif
