#include "courier/judge.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const out_of_reach[] = {
    [REACH_LOOPBACK] = "http is for addresses of this machine itself, and this "
                       "one is not; use https, or set insecure_http",
    [REACH_PUBLIC] = "its address is not a public one, and an app registered "
                     "it; to allow that, set register_private",
};

/* ---- an answer ---- */

static bool is_https(CURL *easy)
{
    const char *scheme = NULL;

    curl_easy_getinfo(easy, CURLINFO_SCHEME, &scheme);
    return scheme && strcasecmp(scheme, "https") == 0;
}

/* libcurl turns a date that has passed into a negative wait, and a number that
 * it cannot hold into none or the greatest. */
static int64_t retry_after(CURL *easy)
{
    curl_off_t seconds = 0;

    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds <= 0)
        return 0;
    return seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S;
}

static int64_t took_ms(CURL *easy)
{
    curl_off_t took_us = 0;

    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &took_us);
    return took_us > 0 && took_us / 1000 <= INT32_MAX ? took_us / 1000 : 0;
}

/* ---- no answer ---- */

static enum outcome_kind kind_of(const struct transfer *transfer,
                                 CURLcode result)
{
    switch (result) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return OUTCOME_CERTIFICATE;
    case CURLE_URL_MALFORMAT: /* a name that IDNA does not allow */
        return OUTCOME_REFUSED;
    default:
        return transfer->refused && !transfer->opened ? OUTCOME_REFUSED
                                                      : OUTCOME_UNREACHABLE;
    }
}

/* libcurl's words name the host only; but a stranger may have had a hand in
 * them (a certificate's name, a header), and he knows the path. */
static bool tells_secret(struct transfer *transfer)
{
    static const CURLUPart parts[] = {CURLUPART_PATH, CURLUPART_QUERY,
                                      CURLUPART_USER, CURLUPART_PASSWORD};
    bool told = false;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *text = NULL;

        if (curl_url_get(transfer->url, parts[i], &text, 0) == CURLUE_OK)
            told = told || (strlen(text) > 1 && strstr(transfer->error, text));
        curl_free(text);
    }
    return told;
}

static bool got_past(CURL *easy, CURLINFO step)
{
    curl_off_t at_us = 0;

    curl_easy_getinfo(easy, step, &at_us);
    return at_us > 0;
}

static const char *what_was_late(CURL *easy)
{
    if (got_past(easy, CURLINFO_PRETRANSFER_TIME_T))
        return OUTCOME_NO_ANSWER;
    if (got_past(easy, CURLINFO_NAMELOOKUP_TIME_T))
        return "no connection in time";
    return "the name was not found in time";
}

/* Where libcurl's words would not help the person who reads them; or null. */
static const char *our_words(CURL *easy, CURLcode result)
{
    switch (result) {
    case CURLE_OPERATION_TIMEDOUT:
        return what_was_late(easy);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return "what answered does not speak HTTP as it should";
    case CURLE_HTTP2:
        return "what answered broke HTTP/2 off";
    case CURLE_SSL_CACERT_BADFILE:
        return "the file of trust anchors (ca_file) cannot be read";
    case CURLE_WRITE_ERROR:
        return "the headers of the answer did not end";
    default:
        return NULL;
    }
}

static const char *words(struct transfer *transfer, CURLcode result)
{
    const char *ours = our_words(transfer->easy, result);
    char *text = transfer->error;

    if (ours)
        return ours;
    if (!*text || tells_secret(transfer))
        snprintf(text, sizeof transfer->error, "%s",
                 curl_easy_strerror(result));
    char *noise = strstr(text, ". CAfile:"); /* file names, not the trouble */

    if (noise)
        *noise = '\0';
    text_sanitise(text);
    size_t length = strlen(text);

    while (length > 0 && strchr(". \n", text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* ---- */

void judge_transfer(struct transfer *transfer, CURLcode result,
                    struct outcome *outcome)
{
    long status = 0;

    *outcome = (struct outcome){.id = transfer->id, .text = ""};
    outcome->took_ms = took_ms(transfer->easy);
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status <= 999) { /* 1xx only promise an answer */
        outcome->kind = OUTCOME_ANSWER;
        outcome->status = (int)status;
        outcome->retry_after_s = retry_after(transfer->easy);
        if (is_https(transfer->easy))
            outcome->date_s = transfer->answer.date_s;
        return;
    }
    outcome->kind = kind_of(transfer, result);
    outcome->text = outcome->kind == OUTCOME_REFUSED && transfer->refused
                        ? out_of_reach[transfer->reach]
                        : words(transfer, result);
}
