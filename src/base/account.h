/*
 * A mail account as the configuration describes it. Read-only everywhere;
 * lives as long as the configuration it came from.
 */
#ifndef IMAPPUSHD_BASE_ACCOUNT_H
#define IMAPPUSHD_BASE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum account_tls {
    ACCOUNT_TLS_IMPLICIT, /* TLS from the first byte (RFC 8314) */
    ACCOUNT_TLS_STARTTLS, /* demanded: no STARTTLS, no login */
    ACCOUNT_TLS_NONE      /* loopback addresses only */
};

/* With what an account logs in. */
enum account_auth { ACCOUNT_AUTH_PASSWORD, ACCOUNT_AUTH_OAUTH2 };

/* How a mailbox is watched, best first; also a wish in the configuration. */
enum watch {
    WATCH_AUTO,   /* the best that the server truly offers */
    WATCH_NOTIFY, /* RFC 5465, and always IDLE after it */
    WATCH_IDLE,   /* RFC 2177 */
    WATCH_POLL,   /* STATUS, or a look, every poll_interval */
    WATCH_COUNT
};

/* What follows from new mail of some kind; the first rule that matches counts.
 * Criteria are globs, null: any. */
enum rule_push { RULE_NOW, RULE_LATER, RULE_NEVER };
enum rule_truth { RULE_ANY, RULE_TRUE, RULE_FALSE };

#define RULE_ID_SIZE 33 /* 32 hexadecimal digits and a NUL */

struct rule {
    const char *mailbox; /* an entry, as in mailboxes */
    const char *list_id, *from, *to, *subject;
    enum rule_truth auto_submitted; /* RFC 3834 */
    const char *gmail_search;       /* in the words of Gmail's search */
    enum rule_push push;
    int interval_s;               /* LATER: at most one push in that time */
    const char *const *endpoints; /* who is told; none: all who want to be */
    size_t endpoint_count;
    char id[RULE_ID_SIZE]; /* half a SHA-256 of all that, and of whose mail it
                              is: the ledger's key */
};

/* More rules an account cannot have: sets of them are bits of a number, of
 * which the last but the sign stands for "no rule". */
#define RULES_MAX 62
#define RULE_NONE RULES_MAX

struct account {
    const char *name;
    const char *host; /* lower case */
    const char *user;
    uint16_t port;
    enum account_tls tls;
    const char *tls_name; /* what the certificate must be for; the host */
    const char *ca_file;  /* null: the system's */
    enum account_auth auth;
    /* Either argv (null-terminated; a shell line is { "/bin/sh", "-c", line })
     * or a path, or a bare name to look for in $CREDENTIALS_DIRECTORY; or
     * neither: it is in the keyring, or in the file store. */
    const char *const *password_command;
    const char *password_file;
    const char *const *token_command; /* prints an access token; likewise */
    /* Where a person signs in, if there is no token_command; null: not given */
    const char *oauth2_issuer, *oauth2_client_id, *oauth2_client_secret_file,
        *oauth2_scope;
    /* Names in UTF-8 ("INBOX" folded), patterns with * and %, special uses
     * ("\\Flagged"), or "all": see session/selection.h. */
    const char *const *mailboxes;
    size_t mailbox_count;       /* at least one */
    const char *const *exclude; /* what patterns and "all" leave out */
    size_t exclude_count;
    int max_connections;
    enum watch watch;
    int refresh_interval_s;
    int poll_interval_s;
    bool deliveries_only; /* not for APPEND, COPY, MOVE */
    bool registers;       /* takes endpoints that are registered through it */
    bool
        register_private; /* ... also http, and addresses that are not public */
    int max_registered;
    const struct rule *rules;
    size_t rule_count;
    bool show_headers; /* an endpoint shows who sent a mail, and its subject:
                          only then are they asked for */
    bool enabled;
};

/* "auto", "NOTIFY", "IDLE", "poll": as logs and the status say it. */
const char *watch_name(enum watch watch);

#endif
