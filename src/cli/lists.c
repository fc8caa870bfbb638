#include "cli/lists.h"
#include "cli/output.h"

#include "base/json.h"
#include "config/config.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Null, with the errors said. */
static struct config *load(const struct command *command)
{
    struct error err;
    struct config *config = config_load(command->config, &err);

    if (!config)
        fprintf(stderr, "imappushd: %s: %s\n", command->config, err.text);
    if (!config || config->error_count == 0)
        return config;
    fprintf(stderr, "imappushd: the configuration has errors; see imappushd "
                    "--check-config\n");
    config_unload(&config);
    return NULL;
}

static size_t longest(size_t length, const char *name)
{
    return strlen(name) > length ? strlen(name) : length;
}

static void print_words(const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%s%s", i > 0 ? ", " : "", words[i]);
}

static void begin(struct json *json, struct buffer *out, const char *list)
{
    output_open(json, out);
    json_open_array(json, list);
}

static void end(struct json *json)
{
    json_close_array(json);
    output_close(json);
}

static void write_words(struct json *json, const char *name,
                        const char *const *words, size_t count)
{
    json_open_array(json, name);
    for (size_t i = 0; i < count; i++)
        json_text(json, NULL, words[i]);
    json_close_array(json);
}

/* ---- accounts ---- */

static void write_account(struct json *json, const struct account *account)
{
    json_open_object(json, NULL);
    json_text(json, "name", account->name);
    json_text(json, "host", account->host);
    json_number(json, "port", account->port);
    json_text(json, "user", account->user);
    json_truth(json, "enabled", account->enabled);
    write_words(json, "mailboxes", account->mailboxes, account->mailbox_count);
    json_close_object(json);
}

static void print_account(const struct account *account, int width)
{
    printf("%-*s  %s at %s port %u: ", width, account->name, account->user,
           account->host, account->port);
    print_words(account->mailboxes, account->mailbox_count);
    printf("%s\n", account->enabled ? "" : " (disabled)");
}

static void write_accounts(const struct config *config)
{
    struct buffer out;
    struct json json;

    begin(&json, &out, "accounts");
    for (size_t i = 0; i < config->account_count; i++)
        write_account(&json, &config->accounts[i]);
    end(&json);
}

static void print_accounts(const struct config *config, bool names_only)
{
    size_t width = 0;

    for (size_t i = 0; i < config->account_count; i++)
        width = longest(width, config->accounts[i].name);
    for (size_t i = 0; i < config->account_count; i++) {
        if (names_only)
            puts(config->accounts[i].name);
        else
            print_account(&config->accounts[i], (int)width);
    }
}

int lists_accounts(const struct command *command)
{
    struct config *config = load(command);

    if (!config)
        return EX_CONFIG;
    if (command_has(command, OPTION_JSON))
        write_accounts(config);
    else
        print_accounts(config, command_has(command, OPTION_QUIET));
    config_unload(&config);
    return EX_OK;
}

/* ---- endpoints ---- */

static void write_endpoint(struct json *json, const struct endpoint *endpoint)
{
    char host[ENDPOINT_HOST_SIZE];

    json_open_object(json, NULL);
    json_text(json, "name", endpoint->name);
    json_text(json, "kind", endpoint_kind_name(endpoint->kind));
    json_text(json, "host", endpoint_host(endpoint, host));
    json_text(json, "label", endpoint->label);
    write_words(json, "accounts", endpoint->accounts, endpoint->account_count);
    json_close_object(json);
}

static void write_endpoints(const struct config *config)
{
    struct buffer out;
    struct json json;

    begin(&json, &out, "endpoints");
    for (size_t i = 0; i < config->endpoint_count; i++)
        write_endpoint(&json, &config->endpoints[i]);
    end(&json);
}

static void print_endpoint(const struct endpoint *endpoint, int width)
{
    printf("%-*s  %s to %s for ", width, endpoint->name,
           endpoint_kind_name(endpoint->kind), endpoint->label);
    print_words(endpoint->accounts, endpoint->account_count);
    printf("\n");
}

static void print_endpoints(const struct config *config, bool names_only)
{
    size_t width = 0;

    for (size_t i = 0; i < config->endpoint_count; i++)
        width = longest(width, config->endpoints[i].name);
    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (names_only)
            puts(config->endpoints[i].name);
        else
            print_endpoint(&config->endpoints[i], (int)width);
    }
}

int lists_endpoints(const struct command *command)
{
    struct config *config = load(command);

    if (!config)
        return EX_CONFIG;
    if (command_has(command, OPTION_JSON))
        write_endpoints(config);
    else
        print_endpoints(config, command_has(command, OPTION_QUIET));
    config_unload(&config);
    return EX_OK;
}
