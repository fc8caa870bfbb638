/*
 * The address, and the server that goes with it.
 */
#include "cli/setup_private.h"

#include "base/alloc.h"
#include "base/text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* A stranger may have chosen it. */
void setup_show(const char *before, const char *text, const char *after)
{
    char *clean = xstrdup(text);

    text_make_showable(clean);
    fprintf(stderr, "%s%s%s", before, clean, after);
    free(clean);
}

/* ---- what goes with what ---- */

static void complete(struct setup *setup)
{
    struct server *server = &setup->server;

    if (!server->tls)
        setup_set(&server->tls, server->port && strcmp(server->port, "143") == 0
                                    ? "starttls"
                                    : "implicit");
    if (!server->port)
        setup_set(&server->port,
                  strcmp(server->tls, "implicit") == 0 ? "993" : "143");
    if (!server->user)
        setup_set(&server->user, setup->address);
}

/* What is found stays where no option says something else. */
static int take_options(struct setup *setup)
{
    const struct command *command = setup->command;
    struct server *server = &setup->server;
    const char *port = command_value(command, OPTION_PORT);
    const char *tls = command_value(command, OPTION_TLS);
    const char *user = command_value(command, OPTION_USER);
    const char *ca_file = command_value(command, OPTION_CA_FILE);

    if (port && !setup_is_port(port))
        return command_misused("--port is a number from 1 to 65535");
    if (tls && !setup_is_tls(tls))
        return command_misused("--tls is implicit, starttls or none");
    if (port || tls) {
        setup_set(&server->port, port);
        setup_set(&server->tls, tls);
    }
    if (user)
        setup_set(&server->user, user);
    setup_set(&server->tls_name, command_value(command, OPTION_TLS_NAME));
    if (!ca_file)
        return EX_OK;
    char *whole = realpath(ca_file, NULL);

    setup_set(&server->ca_file, whole ? whole : ca_file);
    free(whole);
    return EX_OK;
}

/* ---- looking for it ---- */

static void take_found(struct setup *setup)
{
    const struct settings *found = &setup->found;
    struct server *server = &setup->server;

    setup_set(&server->host, settings_value(found, "host"));
    setup_set(&server->port, settings_value(found, "port"));
    setup_set(&server->tls, settings_value(found, "tls"));
    setup_set(&server->user, settings_value(found, "user"));
}

static int look(struct setup *setup)
{
    struct error err;

    if (!setup->quiet && setup->asks)
        setup_show("Looking for the settings of ", setup->address, " ...\n");
    int status =
        settings_find(&setup->found, setup->command, setup->address, &err);

    if (status == EX_OK) {
        take_found(setup);
        return take_options(setup);
    }
    fprintf(stderr, "imappushd: %s\n", err.text);
    if (status == EX_USAGE || status == EX_CONFIG)
        return status;
    if (!setup->asks) {
        fputs("imappushd: give --host, if you know it\n", stderr);
        return status;
    }
    return setup_edit_server(setup, false);
}

static bool is_outside(const struct setup *setup)
{
    const char *outside = settings_value(&setup->found, "outside");
    const char *host = settings_value(&setup->found, "host");

    return outside && strcmp(outside, "yes") == 0 &&
           strcmp(host, setup->server.host) == 0;
}

static void show_server(const struct setup *setup)
{
    const struct server *server = &setup->server;
    const char *source = settings_value(&setup->found, "source");
    const char *host = settings_value(&setup->found, "host");

    if (!setup->asks && setup->quiet)
        return;
    setup_show("", server->host, ":");
    fprintf(stderr, "%s, %s", server->port,
            strcmp(server->tls, "implicit") == 0   ? "TLS"
            : strcmp(server->tls, "starttls") == 0 ? "STARTTLS"
                                                   : "no encryption");
    setup_show(", login ", server->user, "");
    if (source && strcmp(host, server->host) == 0) {
        fprintf(stderr, " (%s", settings_source(&setup->found));
        setup_show(" ", source, ")");
    }
    fputs("\n", stderr);
}

static int confirm_stranger(struct setup *setup, char *choice)
{
    setup_show(
        "", setup->server.host,
        " lies outside of the domain, and the answer that led there was not "
        "signed:\nwho can forge answers of name servers could have your "
        "password sent there.\n");
    if (setup->asks) {
        *choice = setup_choose("Is it your provider's?", 'n');
        return EX_OK;
    }
    return command_misused("if that host is the provider's, give --host=%s",
                           setup->server.host);
}

/* The host is seen before a password is asked for. */
static int confirm(struct setup *setup)
{
    bool sure = command_has(setup->command, OPTION_YES) || !setup->asks ||
                command_has(setup->command, OPTION_HOST);

    for (;;) {
        char choice = 'y';
        int status = EX_OK;

        show_server(setup);
        if (is_outside(setup))
            status = confirm_stranger(setup, &choice);
        else if (!sure)
            choice = setup_choose("Use this?", 'y');
        if (status != EX_OK)
            return status;
        if (choice == 'n')
            return setup_give_up();
        if (choice == 'y')
            return EX_OK;
        status = setup_edit_server(setup, false);
        if (status != EX_OK)
            return status;
        sure = true;
    }
}

/* ---- the address ---- */

static int take_address(struct setup *setup)
{
    const struct command *command = setup->command;

    if (command->operand)
        setup->address = xstrdup(command->operand);
    else if (command_has(command, OPTION_HOST) &&
             command_has(command, OPTION_USER))
        return EX_OK;
    else if (!setup->asks)
        return command_misused("which mail address? Give it, or --host and "
                               "--user");
    else if (!(setup->address = setup_ask("Mail address", NULL)))
        return setup_give_up();
    size_t length = strlen(setup->address);

    if (text_has_control(setup->address, length) ||
        !text_is_utf8(setup->address, length))
        return command_misused("that is no mail address");
    return EX_OK;
}

static int take_server(struct setup *setup)
{
    const struct command *command = setup->command;
    const char *host = command_value(command, OPTION_HOST);

    if (!host && !command_has(command, OPTION_NO_DISCOVERY))
        return look(setup);
    int status = take_options(setup);

    if (status != EX_OK)
        return status;
    setup_set(&setup->server.host, host);
    if (host)
        return EX_OK;
    return setup->asks ? setup_edit_server(setup, false)
                       : command_misused("--no-discovery needs --host");
}

/* ---- how to log in ---- */

/* Is OAuth2 all that there is? */
static bool has_no_passwords(const struct setup *setup)
{
    const char *way = settings_value(&setup->found, "auth");

    return way && strcmp(way, "oauth2") == 0 &&
           !settings_value_at(&setup->found, "auth", 1);
}

static int choose_auth(struct setup *setup)
{
    const struct command *command = setup->command;
    const char *auth = command_value(command, OPTION_AUTH);
    const char *client_id = command_value(command, OPTION_CLIENT_ID);
    bool oauth2 = auth ? strcmp(auth, "oauth2") == 0
                       : client_id ||
                             command_has(command, OPTION_TOKEN_COMMAND) ||
                             has_no_passwords(setup);

    setup->auth = oauth2 ? ACCOUNT_AUTH_OAUTH2 : ACCOUNT_AUTH_PASSWORD;
    if (oauth2 && (command_has(command, OPTION_PASSWORD_STDIN) ||
                   command_has(command, OPTION_PASSWORD_FD) ||
                   command_has(command, OPTION_PASSWORD_COMMAND) ||
                   command_has(command, OPTION_PASSWORD_FILE)))
        return command_misused("%s takes no passwords, but OAuth2: see "
                               "--client-id and --token-command",
                               setup->server.host);
    if (client_id && (!oauth2 || command_has(command, OPTION_TOKEN_COMMAND)))
        return command_misused("--client-id is for signing in with OAuth2");
    if (client_id)
        setup_set(&setup->client_id, client_id);
    return EX_OK;
}

int setup_find_server(struct setup *setup)
{
    int status = take_address(setup);

    if (status == EX_OK)
        status = take_server(setup);
    if (status != EX_OK)
        return status;
    complete(setup);
    status = confirm(setup);
    if (status == EX_OK)
        status = choose_auth(setup);
    return status == EX_OK ? setup_name(setup) : status;
}
