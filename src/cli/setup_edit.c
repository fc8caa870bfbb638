/*
 * The server as a person types it.
 */
#include "cli/setup_private.h"

#include "base/alloc.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

void setup_set(char **field, const char *text)
{
    char *copy = text ? xstrdup(text) : NULL;

    free(*field);
    *field = copy;
}

bool setup_is_port(const char *text)
{
    return *text && strlen(text) <= 5 &&
           text[strspn(text, "0123456789")] == '\0' && atoi(text) >= 1 &&
           atoi(text) <= 65535;
}

bool setup_is_tls(const char *text)
{
    return strcmp(text, "implicit") == 0 || strcmp(text, "starttls") == 0 ||
           strcmp(text, "none") == 0;
}

/* ---- asking ---- */

/* 0, or -1 where nothing was typed. */
static int ask(const char *label, const char *usual, char **field)
{
    char *answer = setup_ask(label, usual);

    if (!answer)
        return -1;
    free(*field);
    *field = answer;
    return 0;
}

static int ask_port_and_tls(struct server *server)
{
    do {
        if (ask("Port", server->port ? server->port : "993", &server->port) < 0)
            return -1;
    } while (!setup_is_port(server->port));
    const char *usual = server->tls;

    if (strcmp(server->port, "143") == 0)
        usual = "starttls";
    else if (strcmp(server->port, "993") == 0 || !usual)
        usual = "implicit";
    do {
        if (ask("TLS: implicit, starttls (or none, to this machine only)",
                usual, &server->tls) < 0)
            return -1;
    } while (!setup_is_tls(server->tls));
    return 0;
}

static int ask_whom_to_trust(struct server *server)
{
    static const char usual_file[] = "the system's";
    char *file = NULL;

    if (ask("Certificate to trust: a file in PEM (ca_file)",
            server->ca_file ? server->ca_file : usual_file, &file) < 0)
        return -1;
    char *whole = realpath(file, NULL);

    setup_set(&server->ca_file, strcmp(file, usual_file) == 0 ? NULL
                                : whole                       ? whole
                                                              : file);
    free(whole);
    free(file);
    if (ask("Name in the server's certificate (tls_name)",
            server->tls_name ? server->tls_name : server->host,
            &server->tls_name) < 0)
        return -1;
    if (strcmp(server->tls_name, server->host) == 0)
        setup_set(&server->tls_name, NULL);
    return 0;
}

int setup_edit_server(struct setup *setup, bool trust)
{
    struct server *server = &setup->server;
    const char *user = server->user ? server->user : setup->address;

    setup->edited = true;
    if (ask("IMAP server", server->host, &server->host) < 0 ||
        ask_port_and_tls(server) < 0 ||
        ask("Login name", user, &server->user) < 0 ||
        (trust && ask_whom_to_trust(server) < 0))
        return setup_give_up();
    return EX_OK;
}
