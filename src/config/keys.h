/*
 * Every key that a configuration file may hold, in tables. Whatever is
 * known about a key stands there: a key that is not in them is an error.
 */
#ifndef IMAPPUSHD_CONFIG_KEYS_H
#define IMAPPUSHD_CONFIG_KEYS_H

#include <stddef.h>

enum key_type {
    KEY_TEXT,    /* "..."; a char * */
    KEY_TEXTS,   /* [ "...", "..." ], or one "..."; a char ** and a size_t */
    KEY_COMMAND, /* "shell line" or [ "program", "argument" ]; a char ** */
    KEY_NUMBER,  /* a whole number; an int */
    KEY_SWITCH,  /* true or false; a bool */
    KEY_CHOICE,  /* one of a few words; an int, the word's index */
    KEY_GROUP,   /* { ... }; a config_setting_t * */
    KEY_GROUPS   /* ( { ... }, { ... } ); likewise */
};

enum key_flag {
    KEY_REQUIRED = 1,   /* there is no default */
    KEY_MAY_EMPTY = 2,  /* "" makes sense */
    KEY_MAY_CONTROL = 4 /* ... and so do control characters */
};

struct key {
    const char *name;
    const char *help; /* what it is, as an error explains it; no full stop */
    enum key_type type;
    unsigned flags;
    size_t offset;       /* of the value in the draft (draft.h) */
    size_t count_offset; /* KEY_TEXTS: of the number of texts */
    int min, max;        /* KEY_NUMBER */
    int number;          /* default of a NUMBER, SWITCH or CHOICE */
    const char *text;    /* default of a TEXT, the only one of TEXTS; or null */
    const char *const *choices; /* KEY_CHOICE: the words, then null */
};

#define KEYS_MAX 32 /* in a table */

struct keys {
    const struct key *keys;
    size_t count;
};

/* Into struct main_draft, account_draft, endpoint_draft, notification and
 * rule_draft. An
 * entry of the main file's lists has a name besides, which no table holds. */
extern const struct keys keys_main, keys_account, keys_endpoint,
    keys_notification, keys_rule;

#endif
