/*
 * An account in the core: what it watches, by which sessions, and what was
 * learned of its server.
 */
#ifndef IMAPPUSHD_CORE_MEMBER_H
#define IMAPPUSHD_CORE_MEMBER_H

#include "core/seat.h"

/* The most connections that max_connections may ask for. */
#define SEATS 20

/* The most mailboxes that a lead may report. */
#define MAILBOXES_MAX 1000

/* A mailbox to watch, and what was heard of it. */
struct post {
    char *name;        /* owned */
    int64_t event_ms;  /* the last news, on clock_boottime_ms(); 0: none */
    int64_t proven_ms; /* the last look that was no matter of being told */
    bool polled;       /* the lead was ordered to poll it */
    bool missing;      /* the server has none of that name */
};

struct posts {
    struct post *list;
    size_t count;
};

/* How an account is, as a person asks for it. */
enum member_state {
    MEMBER_CONNECTING,
    MEMBER_WATCHING,
    MEMBER_OFFLINE,      /* no name service, or no way to the server */
    MEMBER_WAITING,      /* it failed, and is tried again */
    MEMBER_LOCKED,       /* the keyring is */
    MEMBER_LOGIN_NEEDED, /* a person has to sign in anew */
    MEMBER_REFUSED,      /* the server does not take the password */
    MEMBER_STATES
};

struct member {
    const struct account *account;
    struct seat seats[SEATS]; /* the account's max_connections are used */
    struct posts mailboxes;   /* what the lead found to watch */
    struct posts found;       /* what it is reporting, not complete yet */
    int64_t cut_ms;           /* after which the server cut an idle session */
    int refresh_interval_s;   /* the account's, or less where learned */
    enum watch offer;         /* of the server; WATCH_AUTO: not known */
    int64_t trouble_ms;       /* since when it is as trouble says */
    char trouble[32];         /* why a person must act; empty: none has to */
    unsigned refusals;        /* logins refused in a row, of all sessions */
    int64_t login_ms;         /* no login before this */
    char *invited;           /* what the lead was last ordered to expect; owned;
                                null: nobody */
    enum member_state state; /* when last noted */
    int64_t since_ms;        /* it is like that */
    bool offered;            /* the lead that sits there now has reported */
    bool list_stale;         /* ... and was not ordered what is true now */
};

struct member *member_create(const struct account *account);
/* Ends its sessions, too. */
void member_destroy(struct member **member);

/* Starts and ends sessions as they are due, and gives orders. */
void member_run(struct member *member, const struct seat_tools *tools,
                int64_t now_ms);
int64_t member_next(const struct member *member, int64_t now_ms);
/* Whatever waits is tried at once. */
void member_hurry(struct member *member);

/* ---- how it is (member_state.c) ---- */

/* Notes how it is now, and since when it is so; returns it. */
enum member_state member_note_state(struct member *member, int64_t now_ms);

/* The trouble that lasts, and the seat that has it; null for none. */
const struct seat *member_troubled(const struct member *member);

/* When the lead is started, CLOCK_NEVER where it runs. */
int64_t member_next_try(const struct member *member);

/* How many connections are logged in. */
size_t member_connections(const struct member *member);

/* How the mailbox of that index is watched; WATCH_AUTO: it is not. */
enum watch member_watch(const struct member *member, size_t index);

/* ---- what its seats tell it ---- */

/* The name of a mailbox by its index, empty where there is none; the mailbox of
 * a name, or null. */
const char *member_mailbox(const struct member *member, size_t index);
struct post *member_post(const struct member *member, const char *mailbox);

/* The lead reports what there is to watch, one by one, then what the server
 * offers, and the other seats follow. False where it is not the lead, or too
 * much. A lead that begins is ordered nothing until it has offered. */
bool member_take_mailbox(struct seat *seat, const char *name);
bool member_take_offer(struct seat *seat, enum watch offer);
bool member_take_renamed(struct seat *seat, const struct report *report,
                         struct outbox *outbox);
void member_lead_begins(struct member *member);

/* What a session looked at, or cannot look at. False for nonsense. */
bool member_take_proven(struct seat *seat, const struct report *report,
                        int64_t now_ms);
bool member_take_missing(struct seat *seat, const struct report *report);

/* Orders a seat what it is to watch. */
void member_order(struct seat *seat, const struct seat_tools *tools);

/* A login was refused: how long to wait, for all sessions together. */
int64_t member_refused(struct member *member);

/* A session that watched has ended: was it cut for idling too long? */
void member_learn_cut(struct seat *seat, int64_t now_ms);

#endif
