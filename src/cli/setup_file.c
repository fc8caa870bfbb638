/*
 * The file of the account, before it is written.
 */
#include "cli/setup_private.h"

#include "cli/notation.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Gmail's tabs but the first, in the words of its own search. */
#define OTHER_TABS                                                             \
    "category:promotions OR category:social OR category:updates OR "           \
    "category:forums"

static void write_mailboxes(struct setup *setup)
{
    struct buffer *out = &setup->text;

    if (setup->mailbox_count == 0)
        setup_add(&setup->mailboxes, &setup->mailbox_count, "INBOX");
    buffer_add_text(out, "mailboxes = [ ");
    for (size_t i = 0; i < setup->mailbox_count; i++) {
        if (i > 0)
            buffer_add_text(out, ", ");
        notation_text(out, setup->mailboxes[i]);
    }
    buffer_add_text(out, " ];\n");
}

static void write(struct setup *setup)
{
    const struct command *command = setup->command;
    const struct server *server = &setup->server;
    struct buffer *out = &setup->text;

    buffer_finish(out);
    buffer_add_text(out, "# Made by --add-account, and yours to change: "
                         "imappushd.conf(5) says what there is.\n");
    notation_setting(out, "host", server->host);
    buffer_printf(out, "port = %s;\n", server->port);
    notation_setting(out, "tls", server->tls);
    notation_setting(out, "tls_name", server->tls_name);
    notation_setting(out, "ca_file", server->ca_file);
    notation_setting(out, "user", server->user);
    if (setup->auth == ACCOUNT_AUTH_OAUTH2)
        notation_setting(out, "auth", "oauth2");
    notation_setting(out, "oauth2_client_id", setup->client_id);
    notation_setting(out, "token_command",
                     command_value(command, OPTION_TOKEN_COMMAND));
    notation_setting(out, "password_command",
                     command_value(command, OPTION_PASSWORD_COMMAND));
    notation_setting(out, "password_file",
                     command_value(command, OPTION_PASSWORD_FILE));
    write_mailboxes(setup);
    if (setup->primary_only)
        buffer_add_text(out,
                        "rules = (\n  # not for the tabs of Gmail but "
                        "\"Primary\"\n  { gmail_search = \"" OTHER_TABS "\";\n"
                        "    push = \"never\"; } );\n");
}

static void complain(const struct setup *setup, const struct complaint *at)
{
    size_t length = strlen(setup->conf);
    bool ours =
        strncmp(at->text, setup->conf, length) == 0 && at->text[length] == ':';

    if (at->is_error || ours)
        fprintf(stderr, "imappushd: %s%s\n",
                at->is_error ? "" : "warning: ", ours ? at->words : at->text);
}

int setup_plan(struct setup *setup)
{
    const struct staged file = {setup->conf, &setup->text};
    struct error err;

    write(setup);
    config_unload(&setup->planned);
    setup->account = NULL;
    setup->planned = config_load_staged(setup->command->config, &file, 1, &err);
    if (!setup->planned) {
        fprintf(stderr, "imappushd: %s: %s\n", setup->command->config,
                err.text);
        return EX_OSERR;
    }
    for (const struct complaint *at = setup->planned->complaints; at;
         at = at->next)
        complain(setup, at);
    if (setup->planned->error_count == 0)
        setup->account = config_account(setup->planned, setup->name);
    return setup->account ? EX_OK : EX_CONFIG;
}
