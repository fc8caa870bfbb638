#include "discover/download.h"

#include "discover/autoconfig.h"

#include <string.h>
#include <unistd.h>

#define REDIRECTS_MAX 5L
#define HEADERS_MAX ((size_t)64 * 1024) /* bytes, of all answers on the way */

/* An option that does nothing would be found out by a stranger, not by us. */
#define SET(option, value)                                                     \
    do {                                                                       \
        if (curl_easy_setopt(step->easy, option, value) != CURLE_OK)           \
            return -1;                                                         \
    } while (0)

/* libcurl as Debian builds it reads each file of /etc/ssl/certs: all anchors
 * three times. Where the bundle exists, it does. */
static const char *system_anchors(void)
{
    static const char bundle[] = "/etc/ssl/certs/ca-certificates.crt";

    return access(bundle, R_OK) == 0 ? bundle : NULL;
}

int download_set_habits(struct step *step, long patience_ms)
{
    SET(CURLOPT_ERRORBUFFER, step->error);
    SET(CURLOPT_PRIVATE, step);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* a name lookup that hangs is left behind */
    SET(CURLOPT_CONNECTTIMEOUT_MS, patience_ms);
    SET(CURLOPT_TIMEOUT_MS, patience_ms);
    SET(CURLOPT_PROXY, ""); /* the environment has no say: nor with mail */
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2); /* or newer */
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (system_anchors()) {
        SET(CURLOPT_CAINFO, system_anchors());
        SET(CURLOPT_CAPATH, NULL);
    }
    return 0;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct step *step = context;
    size_t length = size * count;
    long status = 0;

    curl_easy_getinfo(step->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return 0; /* nobody wants to know more */
    return autoconfig_take(step->autoconfig, data, length) == 0 ? length : 0;
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct step *step = context;

    (void)data;
    step->headers += size * count;
    return step->headers <= HEADERS_MAX ? size * count : 0;
}

static int set_request(struct step *step, const char *url)
{
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 1L);
    SET(CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_USERAGENT, "imappushd/" IMAPPUSHD_VERSION);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, step);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, step);
    return 0;
}

int download_prepare(struct step *step, const struct mail_address *address,
                     const char *url, long patience_ms)
{
    step->easy = curl_easy_init();
    if (!step->easy || download_set_habits(step, patience_ms) < 0 ||
        set_request(step, url) < 0)
        return -1;
    step->autoconfig = autoconfig_create(address);
    return 0;
}

void download_judge_failure(struct step *step, CURLcode result)
{
    const char *words = *step->error ? step->error : curl_easy_strerror(result);

    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
        step_settle(step, STEP_UNREACHABLE, "cannot be reached: %s", words);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        step_settle(step, STEP_NOTHING,
                    "does not count, for its certificate is not right: %s",
                    words);
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
        step_settle(step, STEP_NOTHING,
                    "leads to where there is no encryption; not followed");
        break;
    default:
        step_settle(step, STEP_NOTHING, "is of no use: %s", words);
        break;
    }
}

void download_judge(struct step *step, CURLcode result)
{
    struct error err;
    long status = 0;

    curl_easy_getinfo(step->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 0 && status / 100 != 2 && status / 100 != 3) {
        step_settle(step, STEP_NOTHING, "has nothing (HTTP status %ld)",
                    status);
        return;
    }
    /* CURLE_WRITE_ERROR is our own refusal of the body, or of the headers. */
    if ((result != CURLE_OK && result != CURLE_WRITE_ERROR) || status != 200) {
        download_judge_failure(step, result);
        return;
    }
    if (autoconfig_end(step->autoconfig, &step->finding, &err) == 0)
        step_settle(step, STEP_FOUND, "has settings");
    else
        step_settle(step,
                    strcmp(err.code, "bad-data") == 0 ? STEP_BAD : STEP_NOTHING,
                    "%s", err.text);
}
