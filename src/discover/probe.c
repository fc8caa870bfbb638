#include "discover/probe.h"

#include "base/alloc.h"
#include "discover/download.h"

#include <stdlib.h>

#define SET(option, value)                                                     \
    do {                                                                       \
        if (curl_easy_setopt(step->easy, option, value) != CURLE_OK)           \
            return -1;                                                         \
    } while (0)

static int set_connection(struct step *step, const char *url)
{
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "imap,imaps");
    SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL); /* or none at all */
    SET(CURLOPT_CONNECT_ONLY, 1L);
    return 0;
}

int probe_prepare(struct step *step, long patience_ms)
{
    const struct finding *finding = &step->finding;
    bool implicit = finding->tls == ACCOUNT_TLS_IMPLICIT;
    char *url = xasprintf("%s://%s:%d/", implicit ? "imaps" : "imap",
                          finding->host, finding->port);
    int result = -1;

    step->easy = curl_easy_init();
    if (step->easy && download_set_habits(step, patience_ms) == 0)
        result = set_connection(step, url);
    free(url);
    return result;
}

void probe_judge(struct step *step, CURLcode result)
{
    if (result == CURLE_OK) {
        step_settle(step, STEP_FOUND,
                    "is an IMAP server with the right certificate");
        return;
    }
    download_judge_failure(step, result);
}
