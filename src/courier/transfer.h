/*
 * One request on its way: what libcurl was told, and what came back.
 *
 * It is sent once. (libcurl itself repeats a request, once more, when a kept
 * connection turns out to be dead before a byte of an answer came: harmless,
 * because a version that comes twice counts once.)
 */
#ifndef IMAPPUSHD_COURIER_TRANSFER_H
#define IMAPPUSHD_COURIER_TRANSFER_H

#include "base/request.h"
#include "courier/answer.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* A kept connection is not used again after this many idle seconds: mobile and
 * home routers have forgotten it, and it holds 4 MB of trust anchors. */
#define TRANSFER_KEPT_S 110

/* The addresses that a request may go to. */
enum reach {
    REACH_ANY,
    REACH_LOOPBACK, /* http, and not declared insecure */
    REACH_PUBLIC    /* the URL came from outside */
};

struct transfer {
    TAILQ_ENTRY(transfer) link; /* the courier's */
    int64_t id;                 /* the request's */
    int64_t deadline_ms;        /* CLOCK_BOOTTIME; the courier ends it then */
    CURL *easy;
    CURLU *url;
    struct curl_slist *headers;
    char *body;    /* libcurl sends from here */
    size_t length; /* of it */
    bool hurried;  /* the answer is known: the deadline was shortened */
    enum reach reach;
    bool opened;  /* an address was allowed ... */
    bool refused; /* ... and one was not */
    struct answer answer;
    char error[CURL_ERROR_SIZE]; /* libcurl's words */
};

/* Ready to be added to a multi handle; the request's strings are copied. Null
 * when the request is not one that may be sent: *refused says why, in words
 * that stay. CURLINFO_PRIVATE of easy leads back here. */
struct transfer *transfer_create(const struct request *request,
                                 const char **refused);

/* Is the answer known, with or without its body? */
bool transfer_is_answered(const struct transfer *transfer);

/* No answer came: breaks the connection that was used, if it is still there.
 * Over HTTP/2 libcurl would go on to send all later requests into it, although
 * it may lead nowhere any more. */
void transfer_break_connection(const struct transfer *transfer);

/* Must have been taken off the multi handle. Wipes, frees, clears. */
void transfer_destroy(struct transfer **transfer);

#endif
