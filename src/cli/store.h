/*
 * Writing files of the configuration: all of some, or none.
 *
 * Each is written beside its place, synced, and renamed into it, and its folder
 * is synced; mode 0600, in folders that are made 0700. Signals wait until that
 * is over. What a power cut or SIGKILL leaves behind is a hidden file, which
 * the next time removes; no file is ever half of one.
 */
#ifndef IMAPPUSHD_CLI_STORE_H
#define IMAPPUSHD_CLI_STORE_H

#include "base/error.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

/* "FOLDER/NAMESUFFIX" beside the main file, as complaints about it would name
 * it; free() it. */
char *store_path(const char *config, const char *folder, const char *name,
                 const char *suffix);

/*
 * Makes the files what they are to be (config/config.h), in their order: all of
 * one folder. Where fresh, the last one must not be there yet. 0, or -1 with
 * err, and then nothing has changed.
 */
int store_write(const struct staged *files, size_t count, bool fresh,
                struct error *err);

#endif
