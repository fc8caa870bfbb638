/*
 * A Web Push request (RFC 8030): what is shown, sealed for the phone, with the
 * headers that push services want.
 */
#ifndef IMAPPUSHD_COURIER_WEBPUSH_H
#define IMAPPUSHD_COURIER_WEBPUSH_H

#include "base/request.h"

#include <curl/curl.h>
#include <stddef.h>

/* Opens the box's key, or makes it, before the sandbox closes; where that
 * cannot be, it is logged, and requests are refused. */
void webpush_open(const char *path);

/* Our public key, base64url; "" where none was opened. */
const char *webpush_key(void);

/* Prints the public half of that key, for pages to subscribe with. Returns the
 * exit status: 0, or 73 with words on standard error. */
int webpush_show_key(const char *path);

/* Adds the headers that are not there yet, and sets the sealed body (free() it)
 * and its length. Null, or why it cannot be sent. url: the push URL, taken
 * apart. */
const char *webpush_write(const struct request *request, CURLU *url,
                          struct curl_slist **headers, char **body,
                          size_t *length);

#endif
