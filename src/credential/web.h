/*
 * One request to a web server: an answer of at most 64 KiB, or a reason.
 *
 * What talks to the stranger is a process of its own that can write nothing,
 * start nothing and ends with the request. Only https, and http to loopback
 * addresses; certificates are verified, TLS is 1.2 or newer; no redirect is
 * followed, no proxy used, no cookie kept.
 */
#ifndef IMAPPUSHD_CREDENTIAL_WEB_H
#define IMAPPUSHD_CREDENTIAL_WEB_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>

#define WEB_ANSWER_MAX 65536
#define WEB_URL_MAX 2048

struct web_answer {
    int status; /* of HTTP */
    struct buffer body;
};

/* Is it a URL that a request may go to, by its form? */
bool web_is_url(const char *url);

/* Have both the same scheme, host and port? */
bool web_same_origin(const char *a, const char *b);

/* GET, or with a form (application/x-www-form-urlencoded) POST, within 20 s: 0,
 * and the answer is the caller's to finish; -1 with err, which names the host,
 * but neither the path nor what was sent. */
int web_ask(const char *url, const struct buffer *form,
            struct web_answer *answer, struct error *err);
void web_answer_finish(struct web_answer *answer);

/* Adds "&key=value" (without & in front), encoded as HTML has it. */
void web_form_add(struct buffer *form, const char *key, const char *value);

/* Decodes in place what is encoded like that. */
void web_form_decode(char *text);

#endif
