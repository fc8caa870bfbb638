#include "credential/device.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "credential/document.h"
#include "credential/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GRANT_TYPE "urn:ietf:params:oauth:grant-type:device_code"
#define CODE_MAX 4096
#define USER_CODE_MAX 64
#define INTERVAL_S 5      /* RFC 8628 §3.2 */
#define SLOWER_S 5        /* §3.5 */
#define INTERVAL_MAX_S 60 /* between tries to reach the server */
#define LIFE_S 900
#define LIFE_MAX_S 1800

struct device {
    char *code;
    char *user_code;
    char *page, *whole_page; /* the latter has the code in it; may be null */
    long interval_s, life_s;
};

static void finish(struct device *device)
{
    if (device->code)
        explicit_bzero(device->code, strlen(device->code));
    free(device->code);
    free(device->user_code);
    free(device->page);
    free(device->whole_page);
}

/* ---- the code ---- */

static char *copy(const struct document *document, const char *name, size_t max)
{
    const char *text = document_text(document, name, max);
    char *made = text && *text ? xstrdup(text) : NULL;

    if (made)
        text_sanitise(made); /* it is shown */
    return made;
}

/* A page for a person: an ordinary address, or nothing. */
static char *copy_page(const struct document *document, const char *name)
{
    char *page = copy(document, name, WEB_URL_MAX);

    if (page && !web_is_url(page)) {
        free(page);
        page = NULL;
    }
    return page;
}

static int take(const struct document *document, struct device *device)
{
    device->code = copy(document, "device_code", CODE_MAX);
    device->user_code = copy(document, "user_code", USER_CODE_MAX);
    device->page = copy_page(document, "verification_uri");
    if (!device->page) /* Google's, from before the standard */
        device->page = copy_page(document, "verification_url");
    device->whole_page = copy_page(document, "verification_uri_complete");
    device->interval_s =
        document_number(document, "interval", 1, INTERVAL_MAX_S, INTERVAL_S);
    device->life_s =
        document_number(document, "expires_in", 1, LIFE_MAX_S, LIFE_S);
    return device->code && device->user_code && device->page ? 0 : -1;
}

static int judge(const struct web_answer *answer, struct device *device,
                 struct error *err)
{
    struct document *document = document_parse(answer->body.data);
    struct refusal refusal = {0};
    int result = -1;

    if (document && answer->status == 200)
        result = take(document, device);
    else if (document && refusal_read(&refusal, document))
        result = 1;
    document_destroy(&document);
    if (result < 0)
        return error_set(err, ERROR_LATER, "web",
                         "the server did not give a code to sign in with "
                         "(HTTP status %d)",
                         answer->status);
    if (result > 0)
        fprintf(stderr,
                "The server gives no code for another device (%s%s%s); a "
                "browser will do.\n",
                refusal.code, refusal.words[0] ? ": " : "", refusal.words);
    return result;
}

static int ask_for_code(const struct signin *signin, struct device *device,
                        struct error *err)
{
    struct buffer form;
    struct web_answer answer;

    buffer_init(&form, SIZE_MAX / 2);
    web_form_add(&form, "client_id", signin->client.id);
    if (signin->client.secret)
        web_form_add(&form, "client_secret", signin->client.secret);
    if (signin->question->scope)
        web_form_add(&form, "scope", signin->question->scope);
    int result = web_ask(signin->issuer.device_endpoint, &form, &answer, err);

    buffer_finish(&form);
    if (result == 0)
        result = judge(&answer, device, err);
    web_answer_finish(&answer);
    return result;
}

static void show(const struct device *device)
{
    fprintf(stderr,
            "On any device, open this page, and enter the code %s\n\n    %s\n",
            device->user_code, device->page);
    if (device->whole_page && strcmp(device->whole_page, device->page) != 0)
        fprintf(stderr, "    %s  (with the code in it)\n", device->whole_page);
    fprintf(stderr, "\nWaiting for that, %ld minutes at most ...\n",
            (device->life_s + 59) / 60);
}

/* ---- waiting ---- */

static int ask_for_tokens(const struct signin *signin,
                          const struct device *device, struct tokens *tokens,
                          struct refusal *refusal, struct error *err)
{
    struct buffer form;

    buffer_init(&form, SIZE_MAX / 2);
    web_form_add(&form, "grant_type", GRANT_TYPE);
    web_form_add(&form, "device_code", device->code);
    return tokens_ask(signin->issuer.token_endpoint, &signin->client, &form,
                      tokens, refusal, err);
}

static int expired(struct error *err)
{
    return error_set(err, ERROR_PERSON, "signin",
                     "the code has expired; begin anew");
}

/* 0: ask again. */
static int take_refusal(struct device *device, const struct refusal *refusal,
                        struct error *err)
{
    if (strcmp(refusal->code, "authorization_pending") == 0)
        return 0;
    if (strcmp(refusal->code, "slow_down") == 0) {
        device->interval_s += SLOWER_S;
        return 0;
    }
    if (strcmp(refusal->code, "expired_token") == 0)
        return expired(err);
    if (strcmp(refusal->code, "access_denied") == 0)
        return error_set(err, ERROR_PERSON, "signin",
                         "the sign-in was declined there");
    return error_set(err, ERROR_PERSON, "signin",
                     "the server refused the sign-in (%s%s%s)", refusal->code,
                     refusal->words[0] ? ": " : "", refusal->words);
}

static void sleep_for(long seconds)
{
    struct timespec left = {.tv_sec = seconds};

    while (nanosleep(&left, &left) < 0)
        ;
}

/* Who cannot be reached is asked ever more rarely (RFC 8628 §3.5). */
static int poll_server(const struct signin *signin, struct device *device,
                       struct tokens *tokens, struct error *err)
{
    int64_t end_ms = clock_boottime_ms() + device->life_s * 1000;
    struct refusal refusal;

    for (;;) {
        if (clock_boottime_ms() + device->interval_s * 1000 >= end_ms)
            return expired(err);
        sleep_for(device->interval_s);
        int result = ask_for_tokens(signin, device, tokens, &refusal, err);

        if (result == 0)
            return 0;
        if (result > 0 && take_refusal(device, &refusal, err) < 0)
            return -1;
        if (result < 0 && device->interval_s < INTERVAL_MAX_S)
            device->interval_s *= 2;
    }
}

int device_run(struct signin *signin, struct tokens *tokens, struct error *err)
{
    struct device device = {0};
    int result = ask_for_code(signin, &device, err);

    if (result == 0) {
        show(&device);
        result = poll_server(signin, &device, tokens, err);
    }
    finish(&device);
    return result;
}
