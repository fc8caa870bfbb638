/*
 * Moments as a person reads them.
 */
#ifndef IMAPPUSHD_CLI_MOMENT_H
#define IMAPPUSHD_CLI_MOMENT_H

#include <stddef.h>
#include <time.h>

/* The moment that a text of RFC 3339 in UTC names, as json_moment() writes it;
 * -1 for another text. */
time_t moment_parse(const char *text);

/* "12:41", or "2026-11-24 12:41" if that is not today: local time. now is when
 * it is read. Returns text; "?" for -1. */
const char *moment_name(time_t moment, time_t now, char *text, size_t size);

/* "3 h": how long it takes from one to another, in the one unit that says it
 * best; returns text. */
const char *moment_span(time_t from, time_t to, char *text, size_t size);

#endif
