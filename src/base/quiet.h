/*
 * Quiet hours: spans of the day, in local time, in which no push is sent.
 *
 * A span is written "22:00-07:00"; it begins with its first minute and ends
 * before its last. Local time is that of the machine as it is now, through
 * changes of daylight saving time and of the time zone.
 */
#ifndef IMAPPUSHD_BASE_QUIET_H
#define IMAPPUSHD_BASE_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is it the text of a span? One of no length is none, nor one of 24 hours. */
bool quiet_is_span(const char *text);

/* Do the spans leave no minute of a day? */
bool quiet_is_always(const char *const *spans, size_t count);

/* The first moment at or after now_s that is not quiet, or one before it at
 * which to ask again; both in seconds since 1970. now_s itself: it is not quiet
 * now. The spans are good ones that leave some time. */
int64_t quiet_until(const char *const *spans, size_t count, int64_t now_s);

#endif
