/*
 * What a person can do about an error: one table, by the error's code.
 */
#ifndef IMAPPUSHD_CORE_REMEDY_H
#define IMAPPUSHD_CORE_REMEDY_H

#include "base/json.h"

#include <stddef.h>

#define REMEDY_SIZE 640

/* Words for a code of struct error, or of those that endpoints have
 * (core/status_endpoint), about the account or endpoint of that name (null:
 * neither); never empty. Returns text. */
const char *remedy_for(const char *code, const char *about,
                       char text[REMEDY_SIZE]);

/* Writes {"code":..., "text":..., "action":...} as a member. */
void remedy_write(struct json *json, const char *name, const char *code,
                  const char *about, const char *text);

#endif
