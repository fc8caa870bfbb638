/*
 * What a session and the core say to each other.
 *
 * A session reports; each report carries the moment (CLOCK_BOOTTIME) by which
 * the next one comes, and the core ends a session that is late: that covers a
 * hang of any kind. The core gives orders, which a session reads while it
 * waits for mail.
 */
#ifndef IMAPPUSHD_BASE_REPORT_H
#define IMAPPUSHD_BASE_REPORT_H

#include "base/account.h"
#include "base/error.h"
#include "base/mailbox.h"
#include "base/record.h"

#include <stdbool.h>
#include <stdint.h>

enum report_type {
    REPORT_ALIVE = 1, /* nothing but "next report by" */
    REPORT_LOGGED_IN, /* the server took the password */
    REPORT_MAILBOX,   /* after login, from the lead: one to watch, in order */
    REPORT_OFFER,     /* ... that was all; the best way to watch them */
    REPORT_RENAMED,   /* a mailbox that was watched has another name now */
    REPORT_WATCHING,  /* all mailboxes of the session have been looked at */
    REPORT_CURSOR,    /* a mailbox was judged up to here, nothing to push */
    REPORT_NEWS,      /* ... and there is something to push */
    REPORT_ENDPOINT,  /* from the lead: one that is registered at the server */
    REPORT_ENDPOINTS, /* ... those were all, and whether it takes METADATA */
    REPORT_GUEST,     /* from the lead: a mail of a phone that was invited */
    REPORT_PROVEN,    /* mailboxes were looked at: at most one for each look */
    REPORT_MISSING,   /* the server has none of a name, or has it again */
    REPORT_STEP,      /* not for the core: a test came so far */
    REPORT_LISTED,    /* likewise: one of the server's mailboxes */
    REPORT_END,       /* why the session leaves; the last report */
    REPORT_TYPES
};

enum news_reason {
    NEWS_MAIL,    /* a wanted message */
    NEWS_DOUBT,   /* an answer was missing, cut or not understood */
    NEWS_REBUILT, /* UIDVALIDITY changed */
    NEWS_LOWERED, /* UIDNEXT is below the cursor */
    NEWS_REASONS
};

/* What may be shown of the newest wanted message under a rule. */
struct report_head {
    size_t rule; /* of the account, or RULE_NONE */
    int64_t uid;
    const char *from, *subject; /* as in base/letterhead.h; "" both: unknown */
};

/* Which of its mailboxes a session looked at; what is missing was not. */
enum proof {
    PROOF_OWN,    /* the one that is named */
    PROOF_POLLED, /* ... and those that it was ordered to poll */
    PROOF_ALL,
    PROOFS
};

/* What a session for a test does, in this order. */
enum step {
    STEP_SECRET,
    STEP_LOOKUP,
    STEP_CONNECT,
    STEP_TLS,
    STEP_LOGIN,
    STEP_OFFER,
    STEP_MAILBOXES,
    STEP_WATCH,
    STEP_METADATA,
    STEP_COUNT
};

/* How it went; a step that fails is the end (REPORT_END). */
enum step_result {
    STEP_DONE,
    STEP_LACKS, /* it goes on, but not as well as it could */
    STEP_HINT,  /* something else may be had */
    STEP_RESULTS
};

struct report {
    enum report_type type;
    int64_t by_ms; /* the next report comes before this */
    /* OFFER, WATCHING */
    enum watch watch;
    /* MAILBOX, RENAMED, CURSOR, NEWS, PROVEN, MISSING, LISTED */
    const char *mailbox;
    /* RENAMED */
    const char *oldname;
    struct cursor cursor;
    /* NEWS */
    enum news_reason reason;
    int64_t rules; /* of the account, that wanted messages fell under: bits */
    bool live;     /* came while watching: not found after a gap */
    int64_t internaldate; /* seconds since 1970 of the newest; 0: unknown */
    struct report_head heads[RULES_MAX + 1]; /* where the account shows them */
    size_t head_count;
    /* ENDPOINT, GUEST */
    const char *name;  /* of the registration; or the ID of an invitation */
    const char *value; /* as it was written: a URL, or JSON; secret. Or the text
                          of the mail (base/invitation.h) */
    /* ENDPOINT */
    const char *renewed; /* changes when it is registered again */
    /* ENDPOINTS */
    bool metadata;
    /* PROVEN */
    enum proof proof;
    /* MISSING, LISTED */
    bool missing;
    /* LISTED */
    bool watched;
    bool selectable;
    unsigned uses; /* special ones: use_of() */
    /* STEP */
    enum step step;
    enum step_result result;
    /* END */
    enum error_class class;
    const char *code;
    /* END, STEP */
    const char *text;
};

/* Packs and sends, waiting while the socket is full: reports are few, and the
 * core always reads. 0, or -1 when the core is gone. */
int report_send(int link, struct record *scratch, const struct report *report);

/* Unpacks a received record; the strings point into it. -1: nonsense. */
int report_read(struct record *record, struct report *report);

/* ---- orders, from the core to a session ---- */
enum order {
    ORDER_CHECK = 1, /* prove every mailbox now: the network may have gone */
    ORDER_WATCH,     /* these are your mailboxes, from these cursors */
    ORDER_RELAY,     /* to the lead: what to say of us where apps register */
    ORDER_EXPECT     /* to the lead: IDs of phones that were invited */
};

/* A mailbox as an order gives it. */
struct task {
    struct mailbox mailbox;
    bool polled; /* look at it every poll_interval: nobody else is told of it */
};

/* As many tasks as fit into a record, whatever their names; longer lists come
 * in parts. */
#define TASKS_MAX 50

void order_pack_check(struct record *record);
void order_pack_watch(struct record *record, const struct task *tasks,
                      size_t count, bool first, bool last);

void order_pack_relay(struct record *record, const char *text);
void order_pack_expect(struct record *record, const char *ids);

struct order_head {
    enum order order;
    /* RELAY, EXPECT */
    const char *text;
    /* WATCH */
    size_t count;     /* tasks in this part */
    bool first, last; /* part of the list */
};

/* -1 for nonsense. The tasks are then taken one by one (valid until the next
 * record): false at the end, and for nonsense. */
int order_read(struct record *record, struct order_head *head);
bool order_read_task(struct record *record, struct task *task);

#endif
