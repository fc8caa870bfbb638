/*
 * What is kept of an answer while it comes in: next to nothing. The status and
 * Retry-After are libcurl's to remember; of the rest only the Date is wanted,
 * and the amount, because a stranger decides how much comes.
 */
#ifndef IMAPPUSHD_COURIER_ANSWER_H
#define IMAPPUSHD_COURIER_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Beyond these the transfer is cut; the status is known by then. */
#define ANSWER_HEADERS_MAX ((size_t)64 * 1024)
#define ANSWER_BODY_MAX ((size_t)8 * 1024)

struct answer {
    size_t header_bytes; /* of all header blocks, 1xx and trailers included */
    size_t body_bytes;
    int64_t date_s;   /* the Date of the last block; 0: none, or nonsense */
    bool block_ended; /* the last block is whole */
};

/* libcurl's CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION; the last
 * argument is the struct answer. They return count * size, or 0 to cut. */
size_t answer_header(char *line, size_t size, size_t count, void *answer);
size_t answer_body(char *data, size_t size, size_t count, void *answer);

#endif
