/*
 * What somebody may have meant.
 */
#ifndef IMAPPUSHD_CONFIG_NEAREST_H
#define IMAPPUSHD_CONFIG_NEAREST_H

#include "config/keys.h"

#include <stddef.h>

/* The known key that the fewest changes of single characters lead to. */
const char *nearest_key(const struct keys *keys, const char *name);

/* How many changes lead from a known name to another, upper and lower case
 * alike. */
size_t nearest_distance(const char *known, const char *name);

#endif
