#include "credential/refresh.h"

#include "base/credential.h"
#include "credential/grant.h"
#include "credential/secret.h"
#include "credential/stores.h"
#include "credential/tokens.h"
#include "credential/web.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a refresh and the stores take at most. */
#define REFRESH_S 45

static int sign_in(const struct question *question, const char *words,
                   struct error *err)
{
    error_set(err, ERROR_PERSON, "login-needed",
              "%s; run: imappushd --login %s", words, question->account);
    return CREDENTIAL_SIGN_IN;
}

static bool differs(const char *configured, const char *granted)
{
    return configured && strcmp(configured, granted) != 0;
}

static int find_grant(const struct question *question, struct grant *grant,
                      const char **store, struct error *err)
{
    struct buffer text;

    buffer_init(&text, CREDENTIAL_SECRET_MAX);
    int status = stores_get(question, &text, store, err);
    bool found = status == CREDENTIAL_DONE && grant_read(grant, text.data) == 0;

    buffer_finish(&text);
    if (status == CREDENTIAL_MISSING)
        return sign_in(question, "nobody has signed in yet", err);
    if (status != CREDENTIAL_DONE)
        return status;
    if (!found)
        return sign_in(question, "the grant in the store makes no sense", err);
    if (differs(question->issuer, grant->issuer) ||
        differs(question->client_id, grant->client_id))
        return sign_in(question,
                       "oauth2_issuer or oauth2_client_id is another than it "
                       "was when somebody signed in",
                       err);
    return CREDENTIAL_DONE;
}

/* From here to the end the run is not to be broken off, not even with the
 * session that wanted the token: the server may have made the refresh token
 * worthless already, and the new one is not in the store yet. */
static void go_through_with_it(void)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};

    setpgid(0, 0); /* spawn.c ends the group that we were born into */
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_IGN);
    alarm(REFRESH_S);
}

/* The keyring's thread may hold on to it. */
static struct question new_secret;
static struct buffer new_text;

/* The old one is worthless, perhaps: this one is used whatever happens. */
static void keep(const struct question *question, const char *store,
                 const struct grant *grant, struct answer *answer)
{
    struct error err = {0};

    buffer_init(&new_text, CREDENTIAL_SECRET_MAX);
    grant_write(grant, &new_text);
    new_secret = *question;
    new_secret.store = store;
    new_secret.secret = new_text.data;
    if (stores_put(&new_secret, &err) != CREDENTIAL_DONE)
        error_set(&answer->warning, ERROR_LATER, "store",
                  "the new refresh token could not be kept, so the next login "
                  "may need imappushd --login %s: %s",
                  question->account, err.text);
}

static int refused(const struct question *question,
                   const struct refusal *refusal, struct error *err)
{
    char words[320];

    if (strcmp(refusal->code, "temporarily_unavailable") == 0 ||
        strcmp(refusal->code, "server_error") == 0 ||
        strcmp(refusal->code, "slow_down") == 0) {
        error_set(err, ERROR_LATER, "web",
                  "there is no access token for the moment (%s)",
                  refusal->code);
        return CREDENTIAL_TROUBLE;
    }
    snprintf(words, sizeof words, "the sign-in is not good any more (%s%s%s)",
             refusal->code, refusal->words[0] ? ": " : "", refusal->words);
    return sign_in(question, words, err);
}

static int refresh(const struct question *question, struct grant *grant,
                   const char *store, struct answer *answer, struct error *err)
{
    struct buffer form, secret;
    struct tokens tokens;
    struct refusal refusal;
    struct client client = {.id = grant->client_id};

    buffer_init(&secret, SECRET_MAX);
    if (secret_of_client(question, &secret, &client, err) < 0)
        return CREDENTIAL_TROUBLE;
    buffer_init(&form, SIZE_MAX / 2);
    web_form_add(&form, "grant_type", "refresh_token");
    web_form_add(&form, "refresh_token", grant->refresh_token);
    go_through_with_it();
    int result = tokens_ask(grant->token_endpoint, &client, &form, &tokens,
                            &refusal, err);

    buffer_finish(&secret);
    if (result > 0)
        return refused(question, &refusal, err);
    if (result < 0)
        return CREDENTIAL_TROUBLE;
    if (tokens.refresh && strcmp(tokens.refresh, grant->refresh_token) != 0) {
        explicit_bzero(grant->refresh_token, strlen(grant->refresh_token));
        free(grant->refresh_token);
        grant->refresh_token = tokens.refresh;
        tokens.refresh = NULL;
        keep(question, store, grant, answer);
    }
    buffer_add_text(&answer->secret, tokens.access);
    answer->lives_s = tokens.lives_s;
    tokens_finish(&tokens);
    return CREDENTIAL_DONE;
}

int refresh_run(const struct question *question, struct answer *answer,
                struct error *err)
{
    struct grant grant = {0};
    const char *store = NULL;
    int status = find_grant(question, &grant, &store, err);

    if (status == CREDENTIAL_DONE)
        status = refresh(question, &grant, store, answer, err);
    grant_finish(&grant);
    return status;
}
