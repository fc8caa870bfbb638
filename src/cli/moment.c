#include "cli/moment.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

time_t moment_parse(const char *text)
{
    struct tm utc = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);

    return end && !*end ? timegm(&utc) : -1;
}

const char *moment_name(time_t moment, time_t now, char *text, size_t size)
{
    struct tm then, today;

    if (moment < 0 || !localtime_r(&moment, &then) ||
        !localtime_r(&now, &today)) {
        snprintf(text, size, "?");
        return text;
    }
    bool same_day =
        then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;

    strftime(text, size, same_day ? "%H:%M" : "%Y-%m-%d %H:%M", &then);
    return text;
}

const char *moment_span(time_t from, time_t to, char *text, size_t size)
{
    long long seconds = to > from ? (long long)(to - from) : 0;

    if (seconds < 120)
        snprintf(text, size, "%lld s", seconds);
    else if (seconds < 7200)
        snprintf(text, size, "%lld min", seconds / 60);
    else if (seconds < 172800)
        snprintf(text, size, "%lld h", seconds / 3600);
    else
        snprintf(text, size, "%lld days", seconds / 86400);
    return text;
}
