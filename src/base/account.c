#include "base/account.h"

const char *watch_name(enum watch watch)
{
    static const char *const names[WATCH_COUNT] = {
        [WATCH_AUTO] = "auto",
        [WATCH_NOTIFY] = "NOTIFY",
        [WATCH_IDLE] = "IDLE",
        [WATCH_POLL] = "poll",
    };

    return names[watch];
}
