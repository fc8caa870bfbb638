/*
 * A place to push to. All of it is secret: who knows the URL may push. It
 * lives in memory that is wiped in forked children, and it shows in logs as
 * its label only.
 */
#ifndef IMAPPUSHD_BASE_ENDPOINT_H
#define IMAPPUSHD_BASE_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

enum endpoint_kind {
    ENDPOINT_PUT,    /* the versioned PUT of the SimplePush protocol */
    ENDPOINT_NTFY,   /* a text for people, to a topic of an ntfy server */
    ENDPOINT_WEBPUSH /* RFC 8030, sealed for the phone (RFC 8291) */
};

/* Of alive_s, where it is not 0. */
#define ENDPOINT_ALIVE_MIN_S 300
#define ENDPOINT_ALIVE_MAX_S 604800

/* What a sealed message holds besides the version and what is shown. Each is
 * more than the one before. */
enum endpoint_payload {
    PAYLOAD_SIGNAL,  /* nothing */
    PAYLOAD_ACCOUNT, /* the account's name */
    PAYLOAD_HEADERS  /* sender and subject of the newest mail */
};

#define ENDPOINT_ID_SIZE 33 /* 32 hexadecimal digits and a NUL */

/* What an endpoint may be told of. */
enum event {
    EVENT_MAIL = 1 << 0,
    EVENT_ATTENTION = 1 << 1 /* a person must act */
};

/* What is shown on the phone. Templates. */
struct notification {
    const char *title; /* "": none */
    const char *body;  /* "": the request's */
    const char *tag; /* a message takes the place of one with the same tag (for
                      * NTFY: and of the same account) */
    const char *navigate;     /* where a tap leads; "": the service's choice */
    bool own_title, own_body; /* the owner chose it: it is no default */
};

struct endpoint {
    const char *name;
    const char *url;
    char id[ENDPOINT_ID_SIZE]; /* half a SHA-256 of the URL: the ledger's key */
    const char *label;         /* "push.example (3f9a2c)": for people */
    enum endpoint_kind kind;
    const char *method;          /* "PUT" or "POST" */
    const char *const *accounts; /* patterns (fnmatch) of account names */
    size_t account_count;        /* at least one */
    unsigned events;
    int min_interval_s;         /* between two requests */
    const char *const *headers; /* "Name: value", templates */
    size_t header_count;
    struct notification notification; /* not for PUT */
    /* WEBPUSH */
    const char *p256dh, *auth; /* of the subscription, base64url */
    const char *subject;       /* who we are: mailto: or https: */
    int ttl_s;
    const char *urgency;
    enum endpoint_payload payload;
    const char *body;    /* template: %v version, %a account, %m mailbox, %% */
    const char *ca_file; /* null: the system's */
    const char *proxy;   /* null: none */
    const char *const *quiet; /* spans of base/quiet.h */
    size_t quiet_count;
    int alive_s;        /* a sign of life at least this often; 0: none */
    bool insecure_http; /* http to other than loopback addresses */
    /* of one that an app registered (core/registry) */
    bool registered;
    bool public_only;             /* no private addresses */
    const char *const *mailboxes; /* only of these is it told; none: of all */
    size_t mailbox_count;
};

/* Is the endpoint told of mail in the mailbox of that name? */
bool endpoint_has_mailbox(const struct endpoint *endpoint, const char *mailbox);

/* "put", "ntfy", "webpush". */
const char *endpoint_kind_name(enum endpoint_kind kind);

/* The host that the label names, into host; returns that. */
#define ENDPOINT_HOST_SIZE 262
const char *endpoint_host(const struct endpoint *endpoint,
                          char host[ENDPOINT_HOST_SIZE]);

/* The event of that name; 0 for none. */
unsigned endpoint_event(const char *name);

/* Is the account one of those that the endpoint is told about? */
bool endpoint_is_about(const struct endpoint *endpoint, const char *account);

/* Is the endpoint told of the event, if it is about this account? Null: it is
 * about none. */
bool endpoint_wants(const struct endpoint *endpoint, enum event event,
                    const char *account);

#endif
