#include "base/quiet.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define DAY_MINUTES 1440

/* Asked again then, where the calendar is odd. */
#define AGAIN_S 3600

struct span {
    int begin, end; /* minutes since midnight */
};

/* "07:30" at *at, which is behind it then; -1 for anything else. */
static int take_time(const char **at)
{
    const char *text = *at;

    for (int i = 0; i < 5; i++) {
        if (i == 2 ? text[i] != ':' : !isdigit((unsigned char)text[i]))
            return -1;
    }
    int hours = (text[0] - '0') * 10 + text[1] - '0';
    int minutes = (text[3] - '0') * 10 + text[4] - '0';

    *at += 5;
    return hours < 24 && minutes < 60 ? hours * 60 + minutes : -1;
}

static bool read_span(const char *text, struct span *span)
{
    span->begin = take_time(&text);
    if (span->begin < 0 || *text++ != '-')
        return false;
    span->end = take_time(&text);
    return span->end >= 0 && *text == '\0' && span->begin != span->end;
}

bool quiet_is_span(const char *text)
{
    struct span span;

    return read_span(text, &span);
}

/* How many minutes of the span are left; 0: it is not now. */
static int minutes_left(const struct span *span, int now)
{
    int length = (span->end - span->begin + DAY_MINUTES) % DAY_MINUTES;
    int passed = (now - span->begin + DAY_MINUTES) % DAY_MINUTES;

    return passed < length ? length - passed : 0;
}

/* When the clock on the wall will have gone on by so many minutes. Where it is
 * set back meanwhile, the wall shows the same time twice: the second one, for
 * the first may have passed. */
static int64_t wall_after(const struct tm *wall, int minutes, int64_t now_s)
{
    int64_t at_s = 0;

    for (int summer = 1; summer >= 0; summer--) {
        struct tm then = *wall;

        then.tm_min += minutes;
        then.tm_sec = 0;
        then.tm_isdst = summer;
        time_t seconds = mktime(&then);

        /* that summer time, or winter time, is not in force then */
        if (then.tm_isdst == summer && seconds > at_s)
            at_s = seconds;
    }
    return at_s > now_s ? at_s : now_s + AGAIN_S;
}

/* How many minutes of the spans that hold this one are left, at most. */
static int most_left(const char *const *spans, size_t count, int now)
{
    struct span span;
    int most = 0;

    for (size_t i = 0; i < count; i++) {
        int left = read_span(spans[i], &span) ? minutes_left(&span, now) : 0;

        if (left > most)
            most = left;
    }
    return most;
}

bool quiet_is_always(const char *const *spans, size_t count)
{
    int minute = 0;

    while (minute < DAY_MINUTES && most_left(spans, count, minute) > 0)
        minute++;
    return minute == DAY_MINUTES;
}

int64_t quiet_until(const char *const *spans, size_t count, int64_t now_s)
{
    time_t seconds = (time_t)now_s;
    struct tm wall;

    tzset(); /* somebody may have travelled */
    if (count == 0 || !localtime_r(&seconds, &wall))
        return now_s;
    int left = most_left(spans, count, wall.tm_hour * 60 + wall.tm_min);

    return left > 0 ? wall_after(&wall, left, now_s) : now_s;
}
