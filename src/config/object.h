/*
 * A group of settings, read by a table of keys: the generic part, which knows
 * types, ranges and defaults and nothing of accounts and endpoints.
 */
#ifndef IMAPPUSHD_CONFIG_OBJECT_H
#define IMAPPUSHD_CONFIG_OBJECT_H

#include "config/keys.h"
#include "config/reading.h"

#include <libconfig.h>
#include <stdbool.h>

struct object {
    /* Set by the caller. */
    struct reading *reading;
    struct arena *arena; /* for its texts */
    struct place place;  /* of the group; line 0: a whole file */
    const struct keys *keys;
    void *draft; /* the values' home; zeroed */
    bool named;  /* "name" is the caller's */
    /* Set by object_read(). */
    unsigned lines[KEYS_MAX]; /* where each key stands, 0: not given */
};

/* Fills the draft from the settings of group (null: it is not there), with the
 * defaults of those that are not there; a value with a mistake counts as not
 * there, after a complaint. Unknown keys, wrong types, numbers out of their
 * range, texts that cannot be right and missing keys are complained about. */
void object_read(struct object *object, const config_setting_t *group);

/* Was the key in the file (with whatever value)? */
bool object_has(const struct object *object, const char *key);

/* Where the key stands; if it was not given, where the object does. */
struct place object_place(const struct object *object, const char *key);

/* A name of a file, in the object's arena: relative ones are relative to the
 * folder of the object's own file. */
const char *object_path(const struct object *object, const char *name);

#endif
