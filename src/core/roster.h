/*
 * The accounts and their sessions: who is started when, over which mailboxes,
 * and what follows when one ends (invariants 7 and 8).
 *
 * The first session of an account, the lead, has all mailboxes and finds out
 * what the server offers. With NOTIFY it keeps them all. With IDLE it idles on
 * the first, the next ones get sessions of their own up to the account's
 * budget, and the lead polls what is not idled on at the moment. With neither
 * it polls them all.
 */
#ifndef IMAPPUSHD_CORE_ROSTER_H
#define IMAPPUSHD_CORE_ROSTER_H

#include "config/config.h"
#include "base/plan.h"
#include "core/invitations.h"
#include "core/outbox.h"
#include "core/registry.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct roster;
struct member;

struct roster *roster_create(struct outbox *outbox, struct registry *registry,
                             struct invitations *invitations,
                             plan_main *session);
void roster_destroy(struct roster **roster);

/* Takes the accounts of a configuration. Sessions whose account did not change
 * go on undisturbed; all that was refused or backed off is tried at once. */
void roster_configure(struct roster *roster, const struct config *config);

/* Starts what is due, ends what is late. */
void roster_run(struct roster *roster, int64_t now_ms);
int64_t roster_next(const struct roster *roster, int64_t now_ms);

/* The links that may have something to say, into fds (room for max): their
 * number. A session that talks too much is left out for a while. */
size_t roster_links(struct roster *roster, struct pollfd *fds, size_t max,
                    int64_t now_ms);
size_t roster_size(const struct roster *roster); /* the most links there are */

/* The link of that number can be read. */
void roster_read(struct roster *roster, int link, int64_t now_ms);

/* A child was reaped; false if it was no session. */
bool roster_reaped(struct roster *roster, pid_t pid, const char *words,
                   int64_t now_ms);

/* The machine slept, or the network changed: nobody is late, everybody looks
 * whether the connection still lives. */
void roster_check_all(struct roster *roster, int64_t now_ms);

/* What the account of a configuration is in the core; null where it is not
 * enabled. */
struct member *roster_member(const struct roster *roster,
                             const struct account *account);

/* The account of that index, null beyond the last; what is wrong with it that a
 * person must mend (the code of an error, or null), and since when. */
const struct account *roster_trouble(const struct roster *roster, size_t index,
                                     const char **code, int64_t *since_ms);

/* Is the account of that name being watched? */
bool roster_account_watches(const struct roster *roster, const char *name);

/* Is every account that the endpoint is told about being watched? */
bool roster_watches(const struct roster *roster,
                    const struct endpoint *endpoint);

/* How many accounts there are (enabled), and how many of them watch. */
void roster_count(const struct roster *roster, size_t *accounts,
                  size_t *watching);

#endif
