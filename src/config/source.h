/*
 * A configuration file as libconfig sees it.
 */
#ifndef IMAPPUSHD_CONFIG_SOURCE_H
#define IMAPPUSHD_CONFIG_SOURCE_H

#include "config/reading.h"

#include <libconfig.h>
#include <stdbool.h>

struct source {
    const char *path; /* the caller's */
    bool exposed;     /* somebody else may read it */
    config_t config;
};

/* Reads and parses: 0, or -1 after complaints. The caller closes the source in
 * either case. */
int source_open(struct reading *reading, const char *path,
                struct source *source);
void source_close(struct source *source);

const config_setting_t *source_root(const struct source *source);

#endif
