#include "discover/discovery.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "discover/nameserver.h"
#include "discover/stage.h"

#include <stdlib.h>

#define STAGE_MS 5000
#define WHOLE_MS 15000

struct way {
    struct discovery *discovery;
    const struct mail_address *address;
    const struct providers *providers;
    int64_t end_ms;
    bool answered;  /* somebody did: there is a network */
    bool bad;       /* what would have counted cannot be used */
    bool no_domain; /* there is none of that name */
};

/* ---- stages ---- */

static struct stage *begin(const struct way *way)
{
    return stage_create(way->address, way->providers, STAGE_MS, way->end_ms);
}

static void note_outcomes(struct way *way, const struct stage *stage)
{
    for (size_t i = 0; i < stage->count; i++) {
        const struct step *step = &stage->steps[i];

        way->answered |= step->outcome != STEP_UNREACHABLE;
        way->bad |= step->outcome == STEP_BAD;
        way->no_domain |= step->source == SOURCE_MX && step->query &&
                          query_result(step->query) == QUERY_NO_NAME;
    }
}

/* Has the stage found it? Destroys the stage. */
static bool end(struct way *way, struct stage *stage)
{
    struct discovery *discovery = way->discovery;
    struct step *best = stage_run(stage);

    note_outcomes(way, stage);
    if (best) {
        discovery->source = best->source;
        discovery->finding = best->finding;
        discovery->provider = best->provider;
        discovery->told = best->told;
        best->finding = (struct finding){0};
        best->told = NULL;
    }
    stage_destroy(&stage);
    return best;
}

static bool look_into_table(struct way *way)
{
    struct discovery *discovery = way->discovery;
    const char *domain = way->address->ascii;

    discovery->provider = providers_of_domain(way->providers, domain);
    if (!discovery->provider)
        return false;
    discovery->source = SOURCE_PROVIDER;
    discovery->told = xstrdup("providers.conf");
    finding_take_provider(&discovery->finding, way->address,
                          discovery->provider);
    return true;
}

static void add_files_of_domain(struct stage *stage)
{
    const char *domain = stage->address->ascii;
    char *escaped = curl_easy_escape(NULL, stage->address->text, 0);
    char *place = xasprintf("autoconfig.%s", domain);
    char *url =
        xasprintf("https://autoconfig.%s/mail/config-v1.1.xml?emailaddress=%s",
                  domain, escaped ? escaped : "");

    stage_add_file(stage, SOURCE_AUTOCONFIG, place, url);
    free(place);
    free(url);
    curl_free(escaped);
    place = xasprintf("%s/.well-known/autoconfig", domain);
    url = xasprintf("https://%s/mail/config-v1.1.xml", place);
    stage_add_file(stage, SOURCE_AUTOCONFIG, place, url);
    free(place);
    free(url);
}

static bool ask_domain(struct way *way)
{
    struct stage *stage = begin(way);

    if (!stage)
        return false;
    stage_add_exchanger(stage);
    add_files_of_domain(stage);
    stage_add_service(stage, "_imaps._tcp", ACCOUNT_TLS_IMPLICIT);
    stage_add_service(stage, "_imap._tcp", ACCOUNT_TLS_STARTTLS);
    return end(way, stage);
}

static bool ask_mozilla(struct way *way)
{
    struct stage *stage = begin(way);
    char *url = xasprintf("https://autoconfig.thunderbird.net/v1.1/%s",
                          way->address->ascii);

    if (stage)
        stage_add_file(stage, SOURCE_ISPDB, "Mozilla's database", url);
    free(url);
    return stage && end(way, stage);
}

static bool guess(struct way *way)
{
    static const char *const before[] = {"imap.", "mail.", ""};
    static const enum account_tls ways[] = {ACCOUNT_TLS_IMPLICIT,
                                            ACCOUNT_TLS_STARTTLS};
    struct stage *stage = begin(way);

    for (size_t i = 0; stage && i < 6; i++) {
        char *host = xasprintf("%s%s", before[i % 3], way->address->ascii);

        stage_add_guess(stage, host, ways[i / 3]);
        free(host);
    }
    return stage && end(way, stage);
}

/* ---- */

static int explain(const struct way *way, struct error *err)
{
    const char *domain = way->address->domain;

    if (way->no_domain)
        return error_set(err, ERROR_PERSON, "no-domain",
                         "there is no domain %s; is the address right?",
                         domain);
    if (way->bad)
        return error_set(err, ERROR_PERSON, "bad-data",
                         "what %s says about its mail server cannot be used",
                         domain);
    if (!way->answered)
        return error_set(err, ERROR_LATER, "unreachable",
                         "nobody answers who could know the mail server of "
                         "%s; is there a network?",
                         domain);
    return error_set(err, ERROR_PERSON, "nothing",
                     "the mail server of %s is not to be found", domain);
}

int discovery_run(struct discovery *discovery,
                  const struct mail_address *address,
                  const struct providers *providers, struct error *err)
{
    struct way way = {
        .discovery = discovery,
        .address = address,
        .providers = providers,
        .end_ms = clock_boottime_ms() + WHOLE_MS,
    };
    bool found = look_into_table(&way) || ask_domain(&way);

    if (!found && !way.no_domain)
        found = (discovery->ispdb && ask_mozilla(&way)) || guess(&way);
    if (!found)
        return explain(&way, err);
    if (!discovery->provider)
        discovery->provider =
            providers_of_host(providers, discovery->finding.host);
    return 0;
}

void discovery_finish(struct discovery *discovery)
{
    finding_finish(&discovery->finding);
    free(discovery->told);
    discovery->told = NULL;
}
