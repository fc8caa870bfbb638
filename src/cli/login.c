#include "cli/login.h"

#include "base/credential.h"
#include "cli/account.h"
#include "cli/control.h"
#include "cli/keep.h"
#include "cli/terminal.h"
#include "config/providers.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

static int say(const struct account *account, const char *words)
{
    fprintf(stderr, "imappushd: account \"%s\" %s\n", account->name, words);
    return EX_CONFIG;
}

/* ---- where to ---- */

/* Hosts may be shared by providers, so that the domain of the login name comes
 * first, where it leads to this host. */
static const struct provider *provider_of(const struct providers *providers,
                                          const struct account *account)
{
    const char *at = strrchr(account->user, '@');
    const struct provider *provider =
        at ? providers_of_domain(providers, at + 1) : NULL;

    if (provider && strcasecmp(provider->host, account->host) == 0)
        return provider;
    return providers_of_host(providers, account->host);
}

/* What the configuration says, and what providers.conf knows only where that
 * says nothing of a server. */
static void take_server(const struct account *account,
                        const struct providers *providers,
                        struct credential_signin *signin)
{
    const struct provider *provider =
        providers ? provider_of(providers, account) : NULL;

    signin->issuer = account->oauth2_issuer;
    signin->client_id = account->oauth2_client_id;
    signin->client_secret_file = account->oauth2_client_secret_file;
    signin->scope = account->oauth2_scope;
    if (signin->issuer || !provider || !provider->oauth2)
        return;
    signin->issuer = provider->oauth2->issuer;
    signin->token_endpoint = provider->oauth2->token_endpoint;
    signin->authorization_endpoint = provider->oauth2->authorization_endpoint;
    signin->device_endpoint = provider->oauth2->device_authorization_endpoint;
    if (!signin->scope)
        signin->scope = provider->oauth2->scope;
    if (!signin->client_id)
        signin->client_id = provider->oauth2->client_id;
}

/* ---- signing in ---- */

/* Does it sign in by us at all? */
static int check(const struct account *account, const struct command *command)
{
    if (account->auth != ACCOUNT_AUTH_OAUTH2)
        return say(account, "logs in with a password (see --set-password); to "
                            "sign in, give it auth = \"oauth2\"");
    if (account->token_command)
        return say(account, "has its tokens from its token_command, which does "
                            "the sign-in, too");
    if (account->oauth2_client_id && command_has(command, OPTION_CLIENT_ID))
        return command_misused("oauth2_client_id is in the configuration, so "
                               "--client-id has no use");
    return keep_check(command);
}

static int check_signin(const struct account *account,
                        const struct credential_signin *signin)
{
    if (!signin->issuer && !signin->token_endpoint)
        return say(account, "needs oauth2_issuer, the server where to sign in; "
                            "see ACCESS TOKENS in imappushd.conf(5)");
    if (!signin->client_id)
        return say(account, "needs oauth2_client_id, or --client-id; "
                            "imappushd(1) says how to get one");
    return EX_OK;
}

static int run(const struct command *command, const struct account *account,
               struct credential_signin *signin, struct buffer *grant)
{
    bool silent = command_has(command, OPTION_NO_INPUT) || !terminal_is_there();
    struct error err = {0};

    if (command_has(command, OPTION_CLIENT_ID))
        signin->client_id = command_value(command, OPTION_CLIENT_ID);
    if (check_signin(account, signin) != EX_OK)
        return EX_CONFIG;
    signin->port = command_value(command, OPTION_REDIRECT_PORT);
    signin->browser = command_has(command, OPTION_BROWSER);
    signin->input = silent ? -1 : open("/dev/tty", O_RDONLY | O_CLOEXEC);
    int status = credential_signin(account, signin, grant, &err);

    if (signin->input >= 0)
        close(signin->input);
    if (status == CREDENTIAL_DONE)
        return EX_OK;
    fprintf(stderr, "imappushd: %s\n", err.text);
    return status == CREDENTIAL_TROUBLE ? EX_UNAVAILABLE : status;
}

int login_sign_in(const struct command *command, const struct account *account,
                  struct buffer *grant)
{
    struct credential_signin signin = {0};
    struct error err;
    struct providers *providers = providers_load(&err);

    if (providers && providers->error_count > 0 && !account->oauth2_issuer)
        fputs(
            "imappushd: providers.conf has errors and is not used; --discover "
            "tells them\n",
            stderr);
    take_server(account, providers, &signin);
    int status = run(command, account, &signin, grant);

    providers_unload(&providers);
    return status;
}

static int login(const struct command *command, const struct account *account)
{
    struct buffer grant;
    int status = check(account, command);

    if (status != EX_OK)
        return status;
    buffer_init(&grant, CREDENTIAL_SECRET_MAX);
    status = login_sign_in(command, account, &grant);
    if (status == EX_OK)
        status = keep_secret(command, account, &kept_grant, &grant);
    buffer_finish(&grant);
    return status == EX_OK ? control_tell(true, NULL) : status;
}

int login_account(const struct command *command)
{
    struct config *config;
    int status;
    const struct account *account = account_find(command, &config, &status);

    if (account)
        status = login(command, account);
    config_unload(&config);
    return status;
}
