#include "session/link.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void link_report(struct session *session, struct report *report,
                 int64_t within_ms)
{
    int64_t by_ms = clock_boottime_ms() + within_ms;

    if (within_ms > 0)
        session->by_ms = by_ms;
    report->by_ms = session->by_ms; /* without a new promise the old holds */
    if (report_send(session->link, session->scratch, report) < 0)
        _exit(EXIT_SUCCESS); /* the core is gone */
}

void link_stay_alive(struct session *session)
{
    struct report report = {.type = REPORT_ALIVE};
    int64_t needed_ms = session->dialogue.patience_ms + LINK_MARGIN_MS;

    if (session->by_ms < clock_boottime_ms() + needed_ms)
        link_report(session, &report, 2 * needed_ms);
}

void link_step(struct session *session, enum step step, enum step_result result,
               const char *format, ...)
{
    char text[1000];
    struct report report = {
        .type = REPORT_STEP, .step = step, .result = result, .text = text};
    va_list arguments;

    if (session->plan->purpose != PURPOSE_TEST)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    link_report(session, &report, 0);
}

void link_end(struct session *session, const struct error *err)
{
    struct report report = {.type = REPORT_END,
                            .class = err->class,
                            .code = err->code,
                            .text = err->text};

    link_report(session, &report, LINK_MARGIN_MS);
    _exit(EXIT_SUCCESS);
}

void link_promise(struct session *session, int64_t within_ms)
{
    struct report report = {.type = REPORT_ALIVE};

    link_report(session, &report, within_ms);
}
