/*
 * What the core asks of the courier, and what the courier answers.
 *
 * The core says everything about a request, the courier remembers nothing: it
 * sends what it is given, once, and tells how that went. What follows from
 * the outcome is the core's to decide.
 */
#ifndef IMAPPUSHD_BASE_REQUEST_H
#define IMAPPUSHD_BASE_REQUEST_H

#include "base/record.h"

#include <stdbool.h>
#include <stdint.h>

/* The courier finds its end of the record socket at this descriptor. */
#define COURIER_LINK 3

#define REQUEST_URL_MAX 16384 /* bytes; longer URLs are refused, never cut */
#define REQUEST_HEADERS_MAX 16384
#define REQUEST_BODY_MAX 4096

/* The whole of a request, from the name lookup to the answer's end. */
#define REQUEST_DEADLINE_MS 30000

enum {
    COURIER_REQUEST = 1, /* core to courier */
    COURIER_OUTCOME      /* courier to core */
};

struct request {
    int64_t id; /* comes back in the outcome */
    const char *method;
    const char *url;
    const char *headers; /* each "Name: value" and a line feed; a name that is
                          * also ours (User-Agent, ...) replaces ours, one that
                          * belongs to HTTP (Content-Length, ...) is refused */
    const char *body;
    const char *ca_file; /* "": the system's */
    const char *proxy;   /* "": none, whatever the environment says */
    /* Web Push, if p256dh is not empty: then the body is the text that is
     * shown, and all of this is sealed for the phone. The keys are base64url.
     */
    const char *p256dh, *auth;
    const char *subject; /* for VAPID */
    const char *urgency;
    int64_t ttl_s;
    const char *title, *tag, *navigate, *account; /* "": not told */
    const char *mail_from, *mail_subject;         /* likewise */
    int64_t version;
    bool alive;         /* Web Push: a sign of life, no news */
    bool small;         /* Web Push: without the texts, for they are too long */
    bool public_only;   /* to no address of this machine or a private network:
                         * the URL came from outside */
    bool insecure_http; /* http allowed to other than loopback addresses */
};

enum outcome_kind {
    OUTCOME_ANSWER,      /* an HTTP status came, whatever it was */
    OUTCOME_UNREACHABLE, /* no name, no connection, no answer in time */
    OUTCOME_CERTIFICATE, /* who answered is not who was called */
    OUTCOME_REFUSED,     /* not sent: the URL or the address is not allowed */
    OUTCOME_KINDS
};

/* The text of one that may pass by itself: the service is there, but slow. */
#define OUTCOME_NO_ANSWER "connected, but no answer came in time"

struct outcome {
    int64_t id;
    enum outcome_kind kind;
    int status;            /* ANSWER: 200 to 999; a 1xx is no answer yet */
    int64_t retry_after_s; /* ANSWER: 0 for none, or nonsense; to 3600 */
    int64_t took_ms;       /* from the name lookup to the end */
    int64_t date_s;        /* the answer's Date, over verified TLS only, or 0 */
    const char *text;      /* else: what happened, without the URL's path */
};

/* Is the header of that name (length bytes) one that HTTP itself sets? To have
 * it set by others could make one request look like two. */
bool request_owns_header(const char *name, size_t length);

void request_pack(struct record *record, const struct request *request);
int request_read(struct record *record, struct request *request);
void outcome_pack(struct record *record, const struct outcome *outcome);
int outcome_read(struct record *record, struct outcome *outcome);

#endif
