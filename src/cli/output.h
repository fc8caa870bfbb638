/*
 * What --json prints: one object, whose "version" says what its members mean.
 */
#ifndef IMAPPUSHD_CLI_OUTPUT_H
#define IMAPPUSHD_CLI_OUTPUT_H

#include "base/buffer.h"
#include "base/json.h"

/* Opens the object, in a buffer that is made here. */
void output_open(struct json *json, struct buffer *out);

/* Closes it, prints it on standard output, and finishes the buffer. */
void output_close(struct json *json);

#endif
