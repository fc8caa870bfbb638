/*
 * The ways to watch, best first (RFC 5465, RFC 2177, and asking). Whatever the
 * way, what the server tells is only a hint that a mailbox may have news, and
 * each refresh proves every mailbox.
 */
#ifndef IMAPPUSHD_SESSION_WATCH_H
#define IMAPPUSHD_SESSION_WATCH_H

#include "session/idle.h"
#include "session/session.h"

/* What ends a way, or a wait, besides trouble (-1, with err). */
enum {
    WATCH_DOWN = 1, /* the server refuses, as err says: the next way is due */
    WATCH_UP,       /* a better way may be tried again (session.climb_ms) */
    WATCH_DUE       /* the time that was waited for has come */
};

/*
 * Each looks at the session's mailboxes, reports that it is watching, and goes
 * on until trouble, or until another way is due (WATCH_DOWN, WATCH_UP): the
 * connection is fit for it then.
 */
int watch_by_notify(struct session *session, struct error *err);
int watch_by_idle(struct session *session, struct error *err);
int watch_by_poll(struct session *session, struct error *err);

/* Asks to be told by NOTIFY: 0; 1 where the server refuses (err says how); -1.
 */
int watch_notify_set(struct session *session, struct error *err);

/* ---- what the ways share (watch.c) ---- */

/* One more mailbox to watch, which was never seen. Pointers to others become
 * invalid. */
struct watched *watch_add(struct session *session, const char *name);

/* When to refresh, to poll, and to look for registrations and for the mail of
 * phones that were invited, on clock_boottime_ms(). */
struct watch_due {
    int64_t refresh_ms;
    int64_t poll_ms;     /* CLOCK_NEVER while nothing is polled */
    int64_t register_ms; /* CLOCK_NEVER where nothing is registered */
    int64_t guest_ms;    /* CLOCK_NEVER while nobody is invited */
};

void watch_plan_refresh(struct session *session, struct watch_due *due);
void watch_plan_poll(struct session *session, struct watch_due *due);
int64_t watch_next(const struct watch_due *due);

/* The first look for registrations is due at once. */
void watch_plan_register(const struct session *session, struct watch_due *due);

/* Is there something to do, by the clock, because the server told something, or
 * because something is to be said of us? */
bool watch_registers(const struct session *session,
                     const struct watch_due *due);

/* Looks for registrations, or only says what is to be said, between two IDLEs
 * (null: it does not idle): 0, 1 where IDLE is refused then, or -1. */
int watch_register(struct session *session, struct idle *idle,
                   struct watch_due *due, struct error *err);

/* The same for phones that were invited. */
void watch_plan_guests(struct session *session, struct watch_due *due);
bool watch_has_guests(const struct session *session,
                      const struct watch_due *due);
int watch_guests(struct session *session, struct idle *idle,
                 struct watch_due *due, struct error *err);

/* Says that all mailboxes have been looked at and are watched now. */
void watch_report(struct session *session, enum watch watch,
                  const struct watch_due *due);

/* Promises the core the next report for when something is due. */
void watch_promise(struct session *session, const struct watch_due *due);

/* The same after a look, with what was proven: the selected mailbox at least.
 */
void watch_report_proof(struct session *session, const struct watch_due *due,
                        enum proof proof);

/* Before a refresh: what is found from now on should have been told. After it:
 * 0 to go on; WATCH_DOWN, with err, where the server did not tell twice; or
 * WATCH_UP. */
void watch_prove(struct session *session);
int watch_proven(struct session *session, struct error *err);

/* Waits for the order that says which mailboxes are ours. */
void watch_await_order(struct session *session);

/* Takes the core's orders; a check makes everything due now. */
void watch_take_orders(struct session *session, struct watch_due *due);

/* Waits while idling, until until_ms (WATCH_DUE), and takes orders: 0 when
 * something was said or ordered, WATCH_DOWN where IDLE is refused, or -1. */
int watch_wait(struct session *session, struct idle *idle,
               struct watch_due *due, int64_t until_ms, struct error *err);

/* Is there one that the server does not have? It is asked for at refreshes. */
bool watch_misses(const struct session *session);

/* Surveys every polled mailbox that is there, or with all every unselected one,
 * then selects the session's own again if another one was opened: 0, -1. */
int watch_survey(struct session *session, bool all, struct error *err);

/* Selects the session's own mailbox, the first that is to be had: 0; -1 also
 * when there is none. */
int watch_open_own(struct session *session, struct error *err);

#endif
