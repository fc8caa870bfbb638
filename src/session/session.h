/*
 * One connection to one IMAP server, in a process of its own.
 *
 * Straight-line, blocking code under deadlines: get the secret, give up what
 * is not needed, connect, log in, look, wait, report, for ever. Any trouble:
 * report why and leave. The core starts another one; nothing here tries twice.
 */
#ifndef IMAPPUSHD_SESSION_SESSION_H
#define IMAPPUSHD_SESSION_SESSION_H

#include "base/account.h"
#include "base/mailbox.h"
#include "base/plan.h"
#include "base/report.h"
#include "session/dialogue.h"
#include "session/guest.h"
#include "session/look.h"
#include "session/registration.h"
#include "session/selection.h"

#include <stdbool.h>
#include <stddef.h>

/* In the forked child; never returns. link is its record socket. */
void session_run(const struct plan *plan, int link) __attribute__((noreturn));

/* ---- inside the session ---- */

enum {
    CAPABILITY_IDLE = 1 << 0,
    CAPABILITY_NOTIFY = 1 << 1,
    CAPABILITY_ID = 1 << 2,
    CAPABILITY_SASL_IR = 1 << 3,
    CAPABILITY_STARTTLS = 1 << 4,
    CAPABILITY_LOGINDISABLED = 1 << 5,
    CAPABILITY_AUTH_PLAIN = 1 << 6,
    CAPABILITY_SAVEDATE = 1 << 7,
    CAPABILITY_OBJECTID = 1 << 8,
    CAPABILITY_SPECIAL_USE = 1 << 9,
    CAPABILITY_LIST_EXTENDED = 1 << 10,
    CAPABILITY_X_GM_EXT_1 = 1 << 11,
    CAPABILITY_METADATA = 1 << 12,
    CAPABILITY_AUTH_XOAUTH2 = 1 << 13,
    CAPABILITY_AUTH_OAUTHBEARER = 1 << 14
};

/* A mailbox as this session sees it. */
struct watched {
    struct mailbox mailbox; /* its name is owned */
    char *wire;             /* its name as it is sent: quoted, modified UTF-7 */
    bool polled;  /* looked at every poll_interval, without being told */
    bool missing; /* the server has none of that name; tried at refreshes */
    bool doubted; /* announced in doubt, where no cursor could move */
    struct rules rules;
    bool told; /* the server said something of it while unselected */
    struct glimpse glimpse; /* ... namely this */
};

/* A mailbox with special uses. */
struct special {
    char *name; /* owned */
    unsigned uses;
};

struct session {
    const struct plan *plan;
    const struct account *account;
    int link;
    struct record *scratch;
    int64_t by_ms;    /* what was last promised to the core */
    int64_t leave_ms; /* the access token is about to expire; CLOCK_NEVER */
    struct stream stream;
    struct dialogue dialogue;
    unsigned capabilities;
    enum watch watch; /* how it watches; WATCH_AUTO until it does */
    struct watched *watched;
    size_t count;
    size_t selected;  /* index of the EXAMINEd mailbox; count: none */
    struct look look; /* what FETCH lines said of it since the cursor moved */
    bool lost;        /* the server says that it may not have told all */
    bool listed;      /* it said something of what mailboxes there are */
    char separator;   /* of levels in names; NUL: none, or not known */
    struct special *specials; /* as far as rules ask for them */
    size_t special_count;
    struct registration registration;
    struct guests guests;
    struct waiting *waiting; /* rules make it search; null: they do not */
    struct heads *heads;     /* what may be shown; null: nobody shows it */
    bool proving;     /* nothing was told: what is found now should have been */
    bool missed;      /* ... and something was found */
    unsigned untold;  /* proofs like that, since something was told */
    unsigned downs;   /* how often a way of watching did not do */
    int64_t climb_ms; /* when a better one is tried again; CLOCK_NEVER */
    bool asked;       /* they are answers; else they come unasked */
    bool live;        /* what comes is an event, not found after a gap */
    char attributes[256]; /* what is asked of each message */
};

/* The EXAMINEd mailbox, when there is one. */
static inline struct watched *session_selected(struct session *session)
{
    return &session->watched[session->selected];
}

#endif
