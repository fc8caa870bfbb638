/*
 * What the actions on endpoints share: for cli/endpoint*.c only.
 */
#ifndef IMAPPUSHD_CLI_ENDPOINT_PRIVATE_H
#define IMAPPUSHD_CLI_ENDPOINT_PRIVATE_H

#include "base/buffer.h"
#include "cli/address.h"
#include "cli/endpoint.h"
#include "config/config.h"
#include "core/trial.h"

#include <stdbool.h>

/* A change of an endpoint's files, from what is given to what is written. */
struct change {
    const struct command *command;
    char *name;              /* owned, as are the paths */
    char *conf, *url, *json; /* NAME.conf, NAME.url, NAME.json */
    int patience_s;          /* for a test push */
    struct config *present;  /* what the files say */
    struct address address;  /* what it gets */
    struct buffer settings;  /* NAME.conf, where that is new */
    struct staged files[3];  /* what they are to be */
    size_t file_count;
    struct config *planned;          /* what they say then */
    const struct endpoint *endpoint; /* of what is planned */
    bool tested;
    struct trial trial;
};

/* Takes the command's name, or asks for one, and loads the configuration.
 * Returns the exit status; the caller finishes it in any case. */
int change_begin(struct change *change, const struct command *command);
void change_finish(struct change *change);

/* The endpoint of that name in a configuration, or null. */
const struct endpoint *change_find(const struct config *config,
                                   const char *name);

/* Says that there is no such endpoint, and which may be meant: 66. */
int change_unknown(const struct change *change);

/* 0 where the configuration is good and has no such endpoint yet; else said. */
int change_check_new(const struct change *change);

/* Errors of the present configuration, said: 78. */
int change_bad_config(const struct change *change);

/* A file as it is to be; text null: gone. In the order of writing. */
void change_stage(struct change *change, const char *path,
                  const struct buffer *text);

/* Loads what is planned; errors and warnings about it are said. */
int change_check(struct change *change);

/* A test push to the endpoint, unless it is not wanted; where it fails, the
 * person is asked whether to go on. 0: go on. */
int change_test(struct change *change, const char *question);

/* Writes the files and tells the daemon. what: "added", "rotated". */
int change_write(struct change *change, const char *what, bool fresh);

#endif
