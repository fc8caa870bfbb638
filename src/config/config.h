/*
 * What the files say.
 *
 * The main file, then accounts.d/ and endpoints.d/ beside it, in the order of
 * their names. All errors are collected, not just the first; one error makes
 * the whole configuration unusable, a warning does not. Loading does no I/O
 * but reading those files and the url_file of each endpoint, and happens in a
 * child, so that neither libconfig nor anything that it read stays behind
 * (see base/arena.h).
 */
#ifndef IMAPPUSHD_CONFIG_CONFIG_H
#define IMAPPUSHD_CONFIG_CONFIG_H

#include "base/account.h"
#include "base/endpoint.h"
#include "base/error.h"
#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buffer;

/* One thing that is wrong: "FILE:LINE: words" (no line where none applies).
 * Never more of a push URL than its label. */
struct complaint {
    bool is_error; /* else a warning */
    const char *text;
    const char *words; /* within text: what follows "FILE:LINE: " */
    const struct complaint *next;
};

struct config {
    enum log_level log_level;
    bool discovery_ispdb;      /* may Mozilla be asked about a domain? */
    const char *vapid_subject; /* null: not given */
    const char *phone_page;    /* where the page for phones is; likewise */
    const struct account *accounts;
    size_t account_count;
    const struct endpoint *endpoints; /* secret: zeroes in forked children */
    size_t endpoint_count;
    const struct complaint *complaints; /* in the order they were found */
    size_t error_count;
    struct arena *open, *secret; /* where all this lives */
};

/* The default main file: $XDG_CONFIG_HOME/imappushd/imappushd.conf, or below
 * ~/.config; free() it. Null when neither variable nor home is known. */
char *config_default_path(void);

/*
 * Loads; folders that are not there are empty, and the main file may be left
 * out where one of them is there. Returns null, with err, only if the reading
 * itself failed (no memory, the reader died); else a configuration, usable if
 * error_count is 0: with errors it has no accounts and no endpoints. Takes ten
 * seconds at most. The caller logs the complaints and unloads the
 * configuration; several may be loaded at once.
 */
struct config *config_load(const char *path, struct error *err);

/* A file as it is meant to be: written nowhere yet, or removed. */
struct staged {
    const char *path;          /* as complaints name it */
    const struct buffer *text; /* null: it is to be removed */
};

/*
 * The same, as it would be with these files: for who wants to know before
 * writing them. The main file may be left out in any case. With a count of 0
 * that is all there is to it.
 */
struct config *config_load_staged(const char *path, const struct staged *staged,
                                  size_t count, struct error *err);

/* Gives the memory back and clears the pointer; null is fine. (Not "destroy":
 * libconfig has a config_destroy() that it calls itself by that name.) */
void config_unload(struct config **config);

/* The account of that name, or null. */
const struct account *config_account(const struct config *config,
                                     const char *name);

/* Do two accounts describe the same session? Every field counts. */
bool config_same_account(const struct account *a, const struct account *b);

#endif
