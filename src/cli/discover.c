#include "cli/discover.h"

#include "base/json.h"
#include "cli/settings.h"
#include "cli/output.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* ---- for people ---- */

static void print_line(const char *name, const char *words)
{
    if (words)
        printf("%-10s %s\n", name, words);
}

static void print_server(const struct settings *settings)
{
    const char *tls = settings_value(settings, "tls");

    printf("%-10s %s, port %s, %s\n", "server",
           settings_value(settings, "host"), settings_value(settings, "port"),
           strcmp(tls, "implicit") == 0 ? "TLS" : "STARTTLS");
}

static const char *login_words(const struct settings *settings)
{
    const char *first = settings_value_at(settings, "auth", 0);

    if (settings_value_at(settings, "auth", 1))
        return "with a password, or with OAuth2";
    return strcmp(first, "oauth2") == 0 ? "with OAuth2" : "with a password";
}

static void print_source(const struct settings *settings)
{
    printf("%-10s %s %s\n", "source", settings_source(settings),
           settings_value(settings, "source"));
}

static bool is_outside(const struct settings *settings)
{
    const char *outside = settings_value(settings, "outside");

    return outside && strcmp(outside, "yes") == 0;
}

static void print_text(const struct settings *settings)
{
    print_server(settings);
    printf("%-10s %s, %s\n", "login", settings_value(settings, "user"),
           login_words(settings));
    print_source(settings);
    print_line("provider", settings_value(settings, "provider"));
    print_line("note", settings_value(settings, "note"));
    print_line("help", settings_value(settings, "help"));
    if (is_outside(settings))
        print_line("caution", "this server lies outside of the domain, and "
                              "the answer that led\n           to it was not "
                              "signed: is it the provider's?");
}

/* ---- for scripts ---- */

static void write_text(struct json *json, const struct settings *settings,
                       const char *key)
{
    const char *value = settings_value(settings, key);

    if (value)
        json_text(json, key, value);
    else
        json_null(json, key);
}

static void write_list(struct json *json, const struct settings *settings,
                       const char *key, const char *name)
{
    const char *value;

    json_open_array(json, name);
    for (size_t i = 0; (value = settings_value_at(settings, key, i)); i++)
        json_text(json, NULL, value);
    json_close_array(json);
}

/* By the names that they have in providers.conf. */
static void write_oauth2(struct json *json, const struct settings *settings)
{
    static const char prefix[] = "oauth2_";
    static const char *const keys[] = {
        "oauth2_issuer",         "oauth2_authorization_endpoint",
        "oauth2_token_endpoint", "oauth2_device_authorization_endpoint",
        "oauth2_scope",          "oauth2_client_id"};

    if (!settings_value(settings, "oauth2_scope")) {
        json_null(json, "oauth2");
        return;
    }
    json_open_object(json, "oauth2");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value = settings_value(settings, keys[i]);

        if (value)
            json_text(json, keys[i] + strlen(prefix), value);
    }
    json_close_object(json);
}

static void print_json(const struct settings *settings)
{
    struct buffer out;
    struct json json;

    output_open(&json, &out);
    write_text(&json, settings, "host");
    json_number(&json, "port", atoi(settings_value(settings, "port")));
    write_text(&json, settings, "tls");
    write_text(&json, settings, "user");
    write_list(&json, settings, "auth", "auth");
    write_text(&json, settings, "found");
    write_text(&json, settings, "source");
    json_truth(&json, "outside", is_outside(settings));
    write_text(&json, settings, "provider");
    write_text(&json, settings, "note");
    write_text(&json, settings, "help");
    write_list(&json, settings, "quirk", "quirks");
    write_oauth2(&json, settings);
    output_close(&json);
}

/* ---- */

int discover_settings(const struct command *command)
{
    struct settings settings;
    struct error err;

    if (!command->operand)
        return command_misused("--discover needs an address");
    int status = settings_find(&settings, command, command->operand, &err);

    if (status != EX_OK)
        fprintf(stderr, "imappushd: %s\n", err.text);
    else if (command_has(command, OPTION_JSON))
        print_json(&settings);
    else
        print_text(&settings);
    settings_finish(&settings);
    return status;
}
