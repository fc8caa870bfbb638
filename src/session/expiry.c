#include "session/expiry.h"

#include "base/clock.h"

#define AHEAD_S 120
#define LEAST_MS 60000

int64_t expiry_moment(int64_t lives_s)
{
    int64_t least_ms = clock_patience_ms("TOKEN", LEAST_MS);
    int64_t ahead_s = lives_s / 4 < AHEAD_S ? lives_s / 4 : AHEAD_S;
    int64_t stay_ms = (lives_s - ahead_s) * 1000;

    if (lives_s == 0)
        return CLOCK_NEVER;
    return clock_boottime_ms() + (stay_ms > least_ms ? stay_ms : least_ms);
}

int expiry_wait(struct session *session, int64_t until_ms, struct error *err)
{
    int64_t leave_ms = session->leave_ms;

    if (until_ms < leave_ms)
        return stream_wait(&session->stream, until_ms);
    enum stream_event event = stream_wait(&session->stream, leave_ms);

    if (event != STREAM_TIME)
        return event;
    return error_set(err, ERROR_NOW, ERROR_EXPIRES,
                     "the access token is about to expire, and the next "
                     "session has a new one");
}
