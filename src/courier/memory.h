/*
 * The memory of libcurl (and of what makes JSON), wiped when it is given back.
 *
 * libcurl copies what it is told: the URL, the headers, what it is about to
 * send. All of that may be secret, and it frees its copies as they are. So it
 * gets an allocator that wipes first; then a parser that is fooled into
 * reading old memory finds nothing in it. (One place is out of reach: HTTP/2
 * itself remembers header fields for as long as a connection is kept.)
 */
#ifndef IMAPPUSHD_COURIER_MEMORY_H
#define IMAPPUSHD_COURIER_MEMORY_H

/* curl_global_init() with that allocator. 0, or -1 when libcurl is unusable. */
int memory_start_curl(void);

/* Wipes all of it and frees it; null is fine. */
void memory_wipe(void *memory);

/* The pointer; but where a library returned null because memory ran out, the
 * process ends. */
void *memory_needed(void *pointer) __attribute__((returns_nonnull));

#endif
