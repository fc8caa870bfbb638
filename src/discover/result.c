#include "discover/result.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const sources[] = {
    [SOURCE_PROVIDER] = "provider",     [SOURCE_MX] = "mx",
    [SOURCE_AUTOCONFIG] = "autoconfig", [SOURCE_SRV] = "srv",
    [SOURCE_ISPDB] = "ispdb",           [SOURCE_GUESS] = "guess",
};

/* A value that does not fit, which no sane file has, is left out. */
static void add(struct buffer *out, const char *key, const char *value)
{
    if (!value || !*value)
        return;
    char *clean = xstrdup(value);

    text_sanitise(clean);
    buffer_printf(out, "%s=%s\n", key, clean);
    free(clean);
}

static void add_oauth2(struct buffer *out, const struct provider_oauth2 *oauth2)
{
    add(out, "oauth2_issuer", oauth2->issuer);
    add(out, "oauth2_authorization_endpoint", oauth2->authorization_endpoint);
    add(out, "oauth2_token_endpoint", oauth2->token_endpoint);
    add(out, "oauth2_device_authorization_endpoint",
        oauth2->device_authorization_endpoint);
    add(out, "oauth2_scope", oauth2->scope);
    add(out, "oauth2_client_id", oauth2->client_id);
}

/* What providers.conf knows of a host counts more than what others say. */
static void add_ways(struct buffer *out, const struct discovery *discovery)
{
    const struct provider *provider = discovery->provider;
    bool password = discovery->finding.password;
    bool oauth2 = discovery->finding.oauth2;

    if (provider) {
        password = provider->auth != PROVIDER_OAUTH2;
        oauth2 = provider->auth != PROVIDER_PASSWORD;
    }
    if (password)
        add(out, "auth", "password");
    if (oauth2)
        add(out, "auth", "oauth2");
}

static void add_provider(struct buffer *out, const struct provider *provider)
{
    add(out, "help", provider->help);
    add(out, "note", provider->note);
    for (size_t i = 0; i < provider->quirk_count; i++)
        add(out, "quirk", provider->quirks[i]);
    if (provider->oauth2)
        add_oauth2(out, provider->oauth2);
}

static void print(struct buffer *out)
{
    if (out->data)
        fputs(out->data, stdout);
    buffer_finish(out);
}

void result_print(const struct discovery *discovery)
{
    const struct finding *finding = &discovery->finding;
    const struct provider *provider = discovery->provider;
    struct buffer out;

    buffer_init(&out, RESULT_MAX);
    add(&out, "host", finding->host);
    buffer_printf(&out, "port=%d\n", finding->port);
    add(&out, "tls",
        finding->tls == ACCOUNT_TLS_IMPLICIT ? "implicit" : "starttls");
    add(&out, "user", finding->user);
    add_ways(&out, discovery);
    add(&out, "outside", finding->outside ? "yes" : "no");
    add(&out, "found", sources[discovery->source]);
    add(&out, "source", discovery->told);
    add(&out, "provider", provider ? provider->name : finding->provider);
    if (provider)
        add_provider(&out, provider);
    print(&out);
}

void result_print_error(const struct error *err)
{
    struct buffer out;

    buffer_init(&out, RESULT_MAX);
    add(&out, "error", err->text);
    print(&out);
}
