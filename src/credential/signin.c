#include "credential/signin.h"

#include "base/credential.h"
#include "credential/browser.h"
#include "credential/device.h"
#include "credential/grant.h"
#include "credential/secret.h"

static int misused(struct error *err, const char *words)
{
    error_set(err, ERROR_PERSON, "signin", "%s", words);
    return CREDENTIAL_MISUSED;
}

static int find_issuer(const struct question *question, struct issuer *issuer,
                       struct error *err)
{
    if (!question->token_endpoint)
        return issuer_discover(question->issuer, issuer, err);
    return issuer_take(issuer, question->issuer, question->token_endpoint,
                       question->authorization_endpoint,
                       question->device_endpoint, err);
}

static int get_tokens(struct signin *signin, struct tokens *tokens,
                      struct error *err)
{
    int result = 1;

    if (signin->issuer.device_endpoint && !signin->question->browser)
        result = device_run(signin, tokens, err);
    return result > 0 ? browser_run(signin, tokens, err) : result;
}

static int take_grant(const struct signin *signin, const struct tokens *tokens,
                      struct answer *answer, struct error *err)
{
    union {
        const char *in;
        char *out;
    } issuer = {signin->question->issuer}, id = {signin->client.id};
    const struct grant grant = {
        .issuer = issuer.out ? issuer.out : signin->issuer.token_endpoint,
        .token_endpoint = signin->issuer.token_endpoint,
        .client_id = id.out,
        .refresh_token = tokens->refresh,
    };

    if (!tokens->refresh)
        return error_set(err, ERROR_PERSON, "signin",
                         "the server gave no refresh token, so the sign-in "
                         "would not last an hour; does oauth2_scope lack "
                         "offline_access?");
    grant_write(&grant, &answer->secret);
    return 0;
}

int signin_run(const struct question *question, struct answer *answer,
               struct error *err)
{
    struct signin signin = {.question = question,
                            .client = {.id = question->client_id}};
    struct tokens tokens = {0};
    struct buffer secret;

    if (!question->issuer && !question->token_endpoint)
        return misused(err, "oauth2_issuer is needed to sign in");
    if (!question->client_id)
        return misused(err, "oauth2_client_id, or --client-id, is needed to "
                            "sign in; imappushd(1) says how to get one");
    buffer_init(&secret, SECRET_MAX);
    int result = secret_of_client(question, &secret, &signin.client, err);

    if (result == 0)
        result = find_issuer(question, &signin.issuer, err);
    if (result == 0)
        result = get_tokens(&signin, &tokens, err);
    if (result == 0)
        result = take_grant(&signin, &tokens, answer, err);
    tokens_finish(&tokens);
    issuer_finish(&signin.issuer);
    buffer_finish(&secret);
    if (result == 0)
        return CREDENTIAL_DONE;
    return err->class == ERROR_PERSON ? CREDENTIAL_SIGN_IN : CREDENTIAL_TROUBLE;
}
