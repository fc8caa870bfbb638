/*
 * The header fields that a request brings along, made into libcurl's list.
 *
 * libcurl lets a field of the list replace its own of that name, and reads two
 * spellings in its own way: "Name:" removes, "Name;" sends an empty value. A
 * request says what shall be sent, so an empty value is sent as one.
 */
#ifndef IMAPPUSHD_COURIER_HEADER_H
#define IMAPPUSHD_COURIER_HEADER_H

#include <curl/curl.h>
#include <stdbool.h>

/* text: lines "Name: value", each ended by a line feed; empty ones are passed
 * over. Adds them to *list, which the caller owns (it may be null at first).
 * Null, or what is wrong: no name or not a token (RFC 9110 §5.1), a control
 * character, or a name that belongs to HTTP's own framing, with which a
 * request could be made to look like two. *list is valid either way. */
const char *header_add(struct curl_slist **list, const char *text);

/* Is a field of that name in such a list, whatever its value? */
bool header_is_set(const struct curl_slist *list, const char *name);

#endif
