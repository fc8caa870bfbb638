#include "discover/stage.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "discover/download.h"
#include "discover/nameserver.h"
#include "discover/probe.h"

#include <arpa/nameser.h>
#include <stdlib.h>

struct stage *stage_create(const struct mail_address *address,
                           const struct providers *providers,
                           int64_t patience_ms, int64_t end_ms)
{
    struct stage *stage = xcalloc(1, sizeof *stage);
    int64_t deadline_ms = clock_boottime_ms() + patience_ms;

    stage->address = address;
    stage->providers = providers;
    stage->deadline_ms = deadline_ms < end_ms ? deadline_ms : end_ms;
    stage->multi = curl_multi_init();
    if (!stage->multi)
        stage_destroy(&stage);
    return stage;
}

void stage_destroy(struct stage **stage)
{
    /* The multi handle stays: a query that was left behind may still ring it,
     * and a server that was connected to be bidden farewell for too long. */
    for (size_t i = 0; i < (*stage)->count; i++)
        step_finish(&(*stage)->steps[i]);
    free(*stage);
    *stage = NULL;
}

/* ---- adding ---- */

static struct step *add(struct stage *stage, enum source source, char *place)
{
    struct step *step = &stage->steps[stage->count];

    if (stage->count == STAGE_STEPS_MAX)
        abort(); /* whoever adds knows how many there are */
    stage->count++;
    *step = (struct step){.source = source, .place = place};
    return step;
}

static long time_left_ms(const struct stage *stage)
{
    int64_t left_ms = stage->deadline_ms - clock_boottime_ms();

    return left_ms > 1 ? (long)left_ms : 1; /* 0 is "for ever" to libcurl */
}

static void ring(void *context)
{
    curl_multi_wakeup(context);
}

static void start_query(struct stage *stage, struct step *step,
                        const char *name, int type)
{
    step->query = query_start(name, type, ring, stage->multi);
    if (!step->query)
        step_settle(step, STEP_UNREACHABLE, "cannot be asked for: no thread");
}

static void start_transfer(struct stage *stage, struct step *step, int prepared)
{
    if (prepared < 0 ||
        curl_multi_add_handle(stage->multi, step->easy) != CURLM_OK)
        step_settle(step, STEP_UNREACHABLE,
                    "cannot be tried: libcurl lacks something");
}

void stage_add_exchanger(struct stage *stage)
{
    const char *domain = stage->address->ascii;
    struct step *step =
        add(stage, SOURCE_MX, xasprintf("the mail exchanger of %s", domain));

    start_query(stage, step, domain, ns_t_mx);
}

void stage_add_service(struct stage *stage, const char *service,
                       enum account_tls tls)
{
    char *name = xasprintf("%s.%s", service, stage->address->ascii);
    struct step *step =
        add(stage, SOURCE_SRV, xasprintf("the service %s", name));

    step->finding.tls = tls;
    start_query(stage, step, name, ns_t_srv);
    free(name);
}

void stage_add_file(struct stage *stage, enum source source, const char *place,
                    const char *url)
{
    struct step *step = add(stage, source, xstrdup(place));

    start_transfer(
        stage, step,
        download_prepare(step, stage->address, url, time_left_ms(stage)));
}

void stage_add_guess(struct stage *stage, const char *host,
                     enum account_tls tls)
{
    int port = tls == ACCOUNT_TLS_IMPLICIT ? 993 : 143;
    struct step *step =
        add(stage, SOURCE_GUESS, xasprintf("%s, port %d,", host, port));
    struct error err;

    if (finding_take(&step->finding, stage->address, host, port, tls, NULL,
                     &err) < 0) {
        step_settle(step, STEP_NOTHING, "%s", err.text);
        return;
    }
    step->finding.password = true;
    start_transfer(stage, step, probe_prepare(step, time_left_ms(stage)));
}

/* ---- judging what name servers answer ---- */

static void judge_exchangers(struct stage *stage, struct step *step)
{
    size_t length;
    const unsigned char *answer = query_answer(step->query, &length);
    char *exchanger;

    for (unsigned i = 0; (exchanger = answer_exchanger(answer, length, i));
         i++) {
        step->provider = providers_of_exchanger(stage->providers, exchanger);
        if (step->provider) {
            finding_take_provider(&step->finding, stage->address,
                                  step->provider);
            step->told = xasprintf("%s takes the mail of %s", exchanger,
                                   stage->address->domain);
            step_settle(step, STEP_FOUND, "is %s: %s", exchanger,
                        step->provider->name);
        }
        free(exchanger);
        if (step->provider)
            return;
    }
    step_settle(step, STEP_NOTHING, "is of no provider in providers.conf");
}

static void take_service(struct stage *stage, struct step *step,
                         const struct service *service)
{
    enum account_tls tls = step->finding.tls;
    struct error err;

    if (finding_take(&step->finding, stage->address, service->host,
                     service->port, tls, NULL, &err) < 0) {
        step_settle(step, STEP_BAD, "%s", err.text);
        return;
    }
    step->finding.password = true;
    step->finding.outside =
        !finding_is_inside(step->finding.host, stage->address);
    step->told = xasprintf("a SRV record of %s", stage->address->domain);
    step_settle(step, STEP_FOUND, "is at %s", step->finding.host);
}

static void judge_service(struct stage *stage, struct step *step)
{
    struct service service;
    size_t length;
    const unsigned char *answer = query_answer(step->query, &length);
    int result = answer_service(answer, length, &service);

    if (result == 0)
        take_service(stage, step, &service);
    else if (result > 0)
        step_settle(step, STEP_NOTHING, "is not offered, says its record");
    else
        step_settle(step, STEP_BAD, "has a record that cannot be read");
    free(service.host);
}

static void judge_query(struct stage *stage, struct step *step)
{
    switch (query_result(step->query)) {
    case QUERY_PENDING:
        break;
    case QUERY_ANSWERED:
        if (step->source == SOURCE_MX)
            judge_exchangers(stage, step);
        else
            judge_service(stage, step);
        break;
    case QUERY_NO_NAME:
    case QUERY_NO_RECORD:
        step_settle(step, STEP_NOTHING, "is not named");
        break;
    case QUERY_NO_ANSWER:
        step_settle(step, STEP_UNREACHABLE,
                    "is not known: no name server has an answer");
        break;
    }
}

/* ---- running ---- */

static void judge_transfer(struct step *step, CURLcode result)
{
    if (step->outcome != STEP_PENDING)
        return;
    if (step->autoconfig)
        download_judge(step, result);
    else
        probe_judge(step, result);
    if (step->outcome == STEP_FOUND)
        step->told = xstrdup(step->place);
}

static void judge_all(struct stage *stage)
{
    struct CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(stage->multi, &left))) {
        char *step = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &step);
        judge_transfer((struct step *)(void *)step, message->data.result);
    }
    for (size_t i = 0; i < stage->count; i++) {
        struct step *step = &stage->steps[i];

        if (step->outcome == STEP_PENDING && step->query)
            judge_query(stage, step);
    }
}

/* Is nobody left who could come before the best so far? */
static bool is_decided(struct stage *stage, struct step **best)
{
    for (size_t i = 0; i < stage->count; i++) {
        struct step *step = &stage->steps[i];

        if (step->outcome == STEP_FOUND) {
            *best = step;
            return true;
        }
        if (step->outcome == STEP_PENDING)
            return false;
    }
    return true;
}

static void give_up_waiting(struct stage *stage)
{
    for (size_t i = 0; i < stage->count; i++) {
        if (stage->steps[i].outcome == STEP_PENDING)
            step_settle(&stage->steps[i], STEP_UNREACHABLE,
                        "does not answer in time");
    }
}

struct step *stage_run(struct stage *stage)
{
    struct step *best = NULL;
    int running;

    for (;;) {
        curl_multi_perform(stage->multi, &running);
        judge_all(stage);
        if (is_decided(stage, &best))
            return best;
        if (clock_boottime_ms() >= stage->deadline_ms)
            break;
        curl_multi_poll(stage->multi, NULL, 0, (int)time_left_ms(stage), NULL);
    }
    give_up_waiting(stage);
    is_decided(stage, &best);
    return best;
}
