/*
 * A test push: a real version, now, and what came of it.
 *
 * Where a daemon runs that has the endpoint, the daemon sends it, so that no
 * second request is under way to it (core/trials). To an endpoint that the
 * daemon does not have (yet), the version comes from the daemon and the request
 * is made here, by a courier of our own. Where no daemon runs, this is the
 * daemon for a moment: under its lock, with its ledger. So versions grow
 * whoever sends, and each is on disk before it is sent.
 */
#ifndef IMAPPUSHD_CLI_PUSH_H
#define IMAPPUSHD_CLI_PUSH_H

#include "base/error.h"
#include "base/json.h"
#include "base/request.h"
#include "config/config.h"
#include "core/trial.h"

/* How long a push is waited for where nobody says otherwise. */
#define PUSH_PATIENCE_S 45

/*
 * Pushes to an endpoint. present: the configuration as the files have it now;
 * the endpoint need not be in it. Returns 0 when an outcome is known, which is
 * in trial then; else the exit status, with err.
 */
int push_test(const struct config *present, const struct endpoint *endpoint,
              int patience_s, struct trial *trial, struct error *err);

/* The exit status for an outcome: 0 for a 2xx; 75 what passes by itself; 69
 * nobody is there; 78 it was not even sent; 1 somebody must do something. */
int push_status(const struct trial *trial);

/* Prints "Test push: 201 Created in 84 ms" and so on, as a result where it was
 * accepted, and what to do where it was not. */
void push_print(const struct endpoint *endpoint, const struct trial *trial);

/* The same as members of an object. */
void push_write(const struct trial *trial, struct json *json);

#endif
