/*
 * --test-account and --list-mailboxes: a session of its own, beside whatever
 * the daemon does, that comes as far as it can, says so, and leaves.
 */
#ifndef IMAPPUSHD_CLI_PROBE_H
#define IMAPPUSHD_CLI_PROBE_H

#include "base/report.h"
#include "cli/command.h"
#include "config/config.h"

/* Each returns the exit status: 0; 1 where it works, but not as well as it
 * could; 64 where the name is missing and there is a choice; 65 bad data, 66 no
 * such account, 68 host unknown, 69 unreachable, 70 our bug, 75 try later, 76
 * protocol, 77 login refused, 78 configuration. */
int probe_test_account(const struct command *command);
int probe_list_mailboxes(const struct command *command);

/* ---- running one (probe.c) ---- */

struct probe {
    const struct account *account; /* of config */
    struct config *config;
    struct buffer *secret; /* a password that is in no store yet; null */
    struct error err;      /* why it ended; no code: all is done */
    void *context;
    void (*take)(struct probe *probe, const struct report *report);
};

/* Finds the account: 0, or the exit status with the reason said. */
int probe_find(struct probe *probe, const struct command *command);
void probe_finish(struct probe *probe);

/* Runs a session for that purpose to its end, and lets take() see each report
 * but the last, which goes to err. */
void probe_run_session(struct probe *probe, const struct command *command,
                       enum purpose purpose);

/* The exit status of err: 0 for none. */
int probe_status(const struct probe *probe);

#endif
