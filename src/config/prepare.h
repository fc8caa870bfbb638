/*
 * What has to happen to a text before libconfig may see it.
 */
#ifndef IMAPPUSHD_CONFIG_PREPARE_H
#define IMAPPUSHD_CONFIG_PREPARE_H

#include "config/reading.h"

/*
 * Takes out of text, in place and without moving a line, what libconfig would
 * silently misunderstand, and complains about it. 0 when the rest may be
 * parsed, -1 when there is no sense in that.
 */
int prepare_text(struct reading *reading, const char *path, char *text);

#endif
