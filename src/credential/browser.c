#include "credential/browser.h"

#include "base/clock.h"
#include "credential/random.h"
#include "credential/redirect.h"
#include "credential/web.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 300000

struct attempt {
    int port;
    char uri[40]; /* where the browser comes back to */
    char state[RANDOM_SIZE];
    char verifier[RANDOM_SIZE];
};

/* Some servers give a refresh token only to who was asked anew (OpenID Connect
 * Core §11; Google, which names access_type besides). Others let a person be
 * asked who may not decide it: in an organisation its administrator did. */
static bool wants_consent(const struct signin *signin)
{
    const char *scope = signin->question->scope;

    return (scope && strstr(scope, "openid")) ||
           web_same_origin(signin->issuer.authorization_endpoint,
                           "https://accounts.google.com/");
}

static void add_page(const struct signin *signin, const struct attempt *attempt,
                     struct buffer *page)
{
    const char *endpoint = signin->issuer.authorization_endpoint;
    const struct question *question = signin->question;
    char challenge[RANDOM_SIZE];
    struct buffer query;

    random_challenge(attempt->verifier, challenge);
    buffer_init(&query, SIZE_MAX / 2);
    web_form_add(&query, "response_type", "code");
    web_form_add(&query, "client_id", signin->client.id);
    web_form_add(&query, "redirect_uri", attempt->uri);
    if (question->scope)
        web_form_add(&query, "scope", question->scope);
    web_form_add(&query, "state", attempt->state);
    web_form_add(&query, "code_challenge", challenge);
    web_form_add(&query, "code_challenge_method", "S256");
    if (wants_consent(signin)) {
        web_form_add(&query, "prompt", "consent");
        web_form_add(&query, "access_type", "offline");
    }
    if (question->user)
        web_form_add(&query, "login_hint", question->user);
    buffer_printf(page, "%s%c%s", endpoint, strchr(endpoint, '?') ? '&' : '?',
                  query.data);
    buffer_finish(&query);
}

static void show(const struct signin *signin, const struct attempt *attempt,
                 int input)
{
    char host[256] = "";
    struct buffer page;

    buffer_init(&page, SIZE_MAX / 2);
    add_page(signin, attempt, &page);
    gethostname(host, sizeof host - 1);
    fprintf(stderr,
            "Open this page in a browser, sign in there and agree, within five "
            "minutes:\n\n%s\n\n",
            page.data);
    fprintf(stderr,
            "If that browser runs on another machine, have this running there "
            "before:\n\n    ssh -L %d:127.0.0.1:%d %s\n\n",
            attempt->port, attempt->port, *host ? host : "THIS-MACHINE");
    if (input >= 0)
        fprintf(stderr,
                "Or, when the browser says that it cannot open %s..., paste "
                "the whole\naddress of that page here: ",
                attempt->uri);
    buffer_finish(&page);
}

/* RFC 9207 §2.4: an answer of another server is not to be taken to ours. */
static int check(const struct signin *signin, const struct redirect *redirect,
                 struct error *err)
{
    const struct issuer *issuer = &signin->issuer;

    if (redirect->iss ? issuer->name && strcmp(redirect->iss, issuer->name) != 0
                      : issuer->says_iss)
        return error_set(err, ERROR_PERSON, "signin",
                         "the answer does not come from %s, so it was not used",
                         issuer->name);
    if (redirect->error)
        return error_set(err, ERROR_PERSON, "signin",
                         "the sign-in failed (%.60s)", redirect->error);
    if (strlen(redirect->code) > REDIRECT_CODE_MAX)
        return error_set(err, ERROR_PERSON, "signin", "the code is too long");
    return 0;
}

static int exchange(const struct signin *signin, const struct attempt *attempt,
                    const char *code, struct tokens *tokens, struct error *err)
{
    struct buffer form;
    struct refusal refusal;

    buffer_init(&form, SIZE_MAX / 2);
    web_form_add(&form, "grant_type", "authorization_code");
    web_form_add(&form, "code", code);
    web_form_add(&form, "redirect_uri", attempt->uri);
    web_form_add(&form, "code_verifier", attempt->verifier);
    int result = tokens_ask(signin->issuer.token_endpoint, &signin->client,
                            &form, tokens, &refusal, err);

    if (result <= 0)
        return result;
    return error_set(err, ERROR_PERSON, "signin",
                     "the server refused the sign-in (%s%s%s)", refusal.code,
                     refusal.words[0] ? ": " : "", refusal.words);
}

int browser_run(struct signin *signin, struct tokens *tokens, struct error *err)
{
    struct attempt attempt = {.port = signin->question->port};
    struct redirect redirect = {0};
    int input = fcntl(SIGNIN_INPUT, F_GETFD) < 0 ? -1 : SIGNIN_INPUT;

    if (!signin->issuer.authorization_endpoint)
        return error_set(err, ERROR_PERSON, "signin",
                         "the server offers no sign-in with a browser");
    int listener = redirect_listen(&attempt.port, err);

    if (listener < 0)
        return -1;
    snprintf(attempt.uri, sizeof attempt.uri, "http://127.0.0.1:%d/",
             attempt.port);
    random_text(attempt.state);
    random_text(attempt.verifier);
    show(signin, &attempt, input);
    int result = redirect_wait(listener, input, attempt.state,
                               clock_boottime_ms() + WAIT_MS, &redirect, err);

    close(listener);
    fputs("\n", stderr);
    if (result == 0)
        result = check(signin, &redirect, err);
    if (result == 0)
        result = exchange(signin, &attempt, redirect.code, tokens, err);
    redirect_finish(&redirect);
    explicit_bzero(&attempt, sizeof attempt);
    return result;
}
