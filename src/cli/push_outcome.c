/*
 * What came of a test push, for people and for scripts.
 */
#include "cli/push.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static bool is_accepted(const struct trial *trial)
{
    return trial->kind == OUTCOME_ANSWER && trial->status >= 200 &&
           trial->status <= 299;
}

int push_status(const struct trial *trial)
{
    if (is_accepted(trial))
        return EX_OK;
    switch (trial->kind) {
    case OUTCOME_ANSWER:
        return trial->status == 408 || trial->status == 429 ||
                       trial->status >= 500
                   ? EX_TEMPFAIL
                   : 1;
    case OUTCOME_UNREACHABLE:
        return strcmp(trial->text, OUTCOME_NO_ANSWER) == 0 ? EX_TEMPFAIL
                                                           : EX_UNAVAILABLE;
    case OUTCOME_REFUSED:
        return EX_CONFIG;
    default:
        return 1;
    }
}

/* RFC 9110 section 15, those that push services use. */
static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } known[] = {
        {200, " OK"},
        {201, " Created"},
        {202, " Accepted"},
        {204, " No Content"},
        {301, " Moved Permanently"},
        {302, " Found"},
        {307, " Temporary Redirect"},
        {308, " Permanent Redirect"},
        {400, " Bad Request"},
        {401, " Unauthorized"},
        {403, " Forbidden"},
        {404, " Not Found"},
        {405, " Method Not Allowed"},
        {408, " Request Timeout"},
        {410, " Gone"},
        {413, " Content Too Large"},
        {415, " Unsupported Media Type"},
        {429, " Too Many Requests"},
        {500, " Internal Server Error"},
        {502, " Bad Gateway"},
        {503, " Service Unavailable"},
        {504, " Gateway Timeout"},
        {507, " Insufficient Storage"},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].status == status)
            return known[i].reason;
    }
    return "";
}

static const char *advice_for_status(int status)
{
    if (status >= 300 && status <= 399)
        return "it wants to redirect, which is not followed; correct the URL "
               "(https and http, with and without www?)";
    switch (status) {
    case 401:
    case 403:
        return "the push service does not accept who we are: is this "
               "machine's clock right, was the subscription made for this "
               "box's key, does a header hold the right token?";
    case 404:
    case 410:
        return "the push service does not know this URL: get a new one on the "
               "phone";
    case 405:
        return "it does not take this method: is it a Web Push URL? Then the "
               "subscription (JSON) is wanted";
    case 413:
        return "the request is too large for it";
    case 429:
        return "too many requests; try again later";
    case 507:
        return "nobody has subscribed there yet: open the app on the phone";
    default:
        return status >= 500 || status == 408
                   ? "the push service has trouble; try again later"
                   : "the push service does not take it: is the kind right?";
    }
}

/* Null where it was accepted. */
static const char *advice(const struct trial *trial)
{
    if (is_accepted(trial))
        return NULL;
    switch (trial->kind) {
    case OUTCOME_ANSWER:
        return advice_for_status(trial->status);
    case OUTCOME_CERTIFICATE:
        return "who answered could not prove to be who was called; for a "
               "server of your own, set ca_file";
    case OUTCOME_REFUSED:
        return "it was not sent";
    default:
        return "is the host right, and is there a network?";
    }
}

/* "201 Created", or what happened instead. */
static void describe(const struct trial *trial, char *words, size_t size)
{
    if (trial->kind == OUTCOME_ANSWER)
        snprintf(words, size, "%d%s", trial->status, reason_of(trial->status));
    else
        snprintf(words, size, "%s", trial->text);
}

/* " in 84 ms" */
static void describe_time(const struct trial *trial, char *words, size_t size)
{
    *words = '\0';
    if (trial->kind == OUTCOME_ANSWER)
        snprintf(words, size, " in %lld ms", (long long)trial->took_ms);
}

void push_print(const struct endpoint *endpoint, const struct trial *trial)
{
    char words[sizeof trial->text], took[32];

    describe(trial, words, sizeof words);
    describe_time(trial, took, sizeof took);
    if (!is_accepted(trial)) {
        fprintf(stderr, "imappushd: test push to %s: %s%s; %s\n",
                endpoint->label, words, took, advice(trial));
        return;
    }
    printf("Test push: %s%s\n", words, took);
    if (endpoint->kind != ENDPOINT_PUT && trial->alone)
        puts("The phone should show \"imappushd test\".");
}

void push_write(const struct trial *trial, struct json *json)
{
    char words[sizeof trial->text];

    describe(trial, words, sizeof words);
    json_truth(json, "accepted", is_accepted(trial));
    json_number(json, "push_version", trial->version);
    if (trial->kind == OUTCOME_ANSWER)
        json_number(json, "status", trial->status);
    else
        json_null(json, "status");
    json_number(json, "milliseconds", trial->took_ms);
    if (is_accepted(trial)) {
        json_null(json, "error");
        return;
    }
    json_open_object(json, "error");
    json_text(json, "code",
              trial->kind == OUTCOME_ANSWER        ? "status"
              : trial->kind == OUTCOME_CERTIFICATE ? "certificate"
              : trial->kind == OUTCOME_REFUSED     ? "refused"
                                                   : "unreachable");
    json_text(json, "text", words);
    json_text(json, "action", advice(trial));
    json_close_object(json);
}
