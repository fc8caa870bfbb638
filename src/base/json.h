/*
 * Writing JSON (RFC 8259), for the answers of the control socket and for
 * --json. Commas and quoting are done here; what is opened has to be closed.
 *
 * Text is taken as UTF-8; bytes that are not become U+FFFD, so that the result
 * is JSON whatever a stranger chose. Nothing here reads JSON.
 */
#ifndef IMAPPUSHD_BASE_JSON_H
#define IMAPPUSHD_BASE_JSON_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

struct json {
    struct buffer *out; /* what does not fit into it makes the result bad */
    bool comma;
    bool bad;
};

void json_start(struct json *json, struct buffer *out);

/* Each writes a member of the object that is open; without a name (null) an
 * element of the array that is open, or the whole. */
void json_open_object(struct json *json, const char *name);
void json_open_array(struct json *json, const char *name);
void json_close_object(struct json *json);
void json_close_array(struct json *json);
void json_text(struct json *json, const char *name, const char *text);
void json_number(struct json *json, const char *name, int64_t number);
void json_truth(struct json *json, const char *name, bool truth);
void json_null(struct json *json, const char *name);

/* A moment (seconds since 1970) as RFC 3339 has it, in UTC; null for 0. */
void json_moment(struct json *json, const char *name, int64_t seconds);

#endif
