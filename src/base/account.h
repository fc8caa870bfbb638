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

/* How a mailbox is watched, best first; also a wish in the configuration. */
enum watch {
    WATCH_AUTO,   /* the best that the server truly offers */
    WATCH_NOTIFY, /* RFC 5465, and always IDLE after it */
    WATCH_IDLE,   /* RFC 2177 */
    WATCH_POLL,   /* STATUS, or a look, every poll_interval */
    WATCH_COUNT
};

struct account {
    const char *name;
    const char *host; /* lower case */
    const char *user;
    uint16_t port;
    enum account_tls tls;
    const char *tls_name; /* what the certificate must be for; the host */
    const char *ca_file;  /* null: the system's */
    /* Either argv (null-terminated; a shell line is { "/bin/sh", "-c", line })
     * or a path, or a bare name to look for in $CREDENTIALS_DIRECTORY. */
    const char *const *password_command;
    const char *password_file;
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
    bool enabled;
};

/* "auto", "NOTIFY", "IDLE", "poll": as logs and the status say it. */
const char *watch_name(enum watch watch);

#endif
