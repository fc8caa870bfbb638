/*
 * Settings, written as libconfig reads them.
 */
#ifndef IMAPPUSHD_CLI_NOTATION_H
#define IMAPPUSHD_CLI_NOTATION_H

#include "base/buffer.h"

/* Adds text in quotes. */
void notation_text(struct buffer *out, const char *text);

/* Adds a line KEY = "TEXT"; nothing for a text of null. */
void notation_setting(struct buffer *out, const char *key, const char *text);

#endif
