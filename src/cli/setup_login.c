/*
 * The password, and whether the server takes it: by a session as the daemon
 * has it, before anything is written.
 */
#include "cli/setup_private.h"

#include "base/alloc.h"
#include "base/text.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define TRIES 3
/* More mailboxes need not be known by name. */
#define LISTED_MAX 1000

/* ---- what to know before typing it ---- */

static void show_line(const char *before, const char *text)
{
    setup_show(before, text, "\n");
}

static void show_advice(const struct setup *setup)
{
    const char *provider = settings_value(&setup->found, "provider");
    const char *note = settings_value(&setup->found, "note");
    const char *help = settings_value(&setup->found, "help");

    if (provider && (note || help))
        show_line("", provider);
    if (note)
        show_line("  ", note);
    if (help)
        show_line("  ", help);
}

/* ---- the session ---- */

static void take(struct probe *probe, const struct report *report)
{
    struct setup *setup = probe->context;

    if (report->type == REPORT_LISTED && report->selectable &&
        setup->listed_count < LISTED_MAX)
        setup_add(&setup->listed, &setup->listed_count, report->mailbox);
    if (report->type != REPORT_STEP)
        return;
    if (report->step == STEP_OFFER) {
        free(setup->offer);
        setup->offer = xstrdup(report->text);
    }
    setup->lacks = setup->lacks || (report->step == STEP_MAILBOXES &&
                                    report->result == STEP_LACKS);
    if (command_has(setup->command, OPTION_VERBOSE) ||
        (report->result == STEP_LACKS && report->step != STEP_OFFER &&
         report->step != STEP_TLS && !setup->quiet))
        show_line("  ", report->text);
}

int setup_test(struct setup *setup, struct error *err)
{
    struct probe probe = {
        .context = setup, .take = take, .account = setup->account};

    if (setup->secret.length > 0 && !setup_signs_in(setup))
        probe.secret = &setup->secret;
    setup_drop(&setup->listed, &setup->listed_count);
    setup->lacks = false;
    if (!setup->quiet && setup->asks)
        fprintf(stderr, "Logging in at %s ...\n", setup->account->host);
    probe_run_session(&probe, setup->command, PURPOSE_TEST);
    *err = probe.err;
    if (probe.err.code[0])
        return -1;
    setup->tested = true;
    if (!setup->quiet)
        show_line("Logged in. ", setup->offer ? setup->offer : "");
    return 0;
}

/* ---- what went wrong ---- */

static const char *hint(const struct setup *setup, const char *code)
{
    static const struct {
        const char *code, *words;
    } known[] = {
        {"login", "many providers want an app password in place of the usual "
                  "one, and IMAP to be switched on"},
        {"secret", "try the command, or look at the file, by hand"},
        {"tls", "port 993 has TLS from the first byte, 143 STARTTLS"},
        {"starttls", "port 993 has TLS from the first byte, 143 STARTTLS"},
        {"greeting", "is it the port of an IMAP server?"},
        {"host-unknown", "is the name of the server right?"},
        {"connect", "are server and port right?"},
        {"unreachable", "is there a network, and are server and port right?"},
    };

    if (strcmp(code, "certificate") == 0)
        return setup->asks ? "if the server is yours, \"edit\" lets you name a "
                             "certificate to trust"
                           : "if the server is yours, --ca-file and --tls-name "
                             "say whom to trust";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].code, code) == 0)
            return known[i].words;
    }
    return NULL;
}

static void explain(const struct setup *setup, const struct error *err)
{
    const char *words = hint(setup, err->code);

    show_line("imappushd: ", err->text);
    if (words)
        fprintf(stderr, "imappushd: %s\n", words);
}

/* ---- again and again ---- */

bool setup_signs_in(const struct setup *setup)
{
    return setup->auth == ACCOUNT_AUTH_OAUTH2 &&
           !command_has(setup->command, OPTION_TOKEN_COMMAND);
}

static bool wants_password(const struct setup *setup)
{
    const struct command *command = setup->command;

    return setup->auth == ACCOUNT_AUTH_PASSWORD &&
           !command_has(command, OPTION_PASSWORD_COMMAND) &&
           !command_has(command, OPTION_PASSWORD_FILE) &&
           !command_has(command, OPTION_DRY_RUN);
}

static int get_password(struct setup *setup)
{
    const struct command *command = setup->command;

    if (!wants_password(setup) || setup->secret.length > 0)
        return EX_OK;
    setup->typed = !command_has(command, OPTION_PASSWORD_STDIN) &&
                   !command_has(command, OPTION_PASSWORD_FD);
    return password_read(command, setup->account, &setup->secret);
}

/* 0: once more. */
static int judge(struct setup *setup, const struct error *err, int *tries)
{
    const struct probe probe = {.err = *err};
    int status = probe_status(&probe);
    bool refused = strcmp(err->code, "login") == 0;

    explain(setup, err);
    if (!setup->asks || (refused && ++*tries >= TRIES)) {
        fputs("imappushd: nothing was changed\n", stderr);
        return status;
    }
    if (refused && setup->typed) {
        buffer_finish(&setup->secret);
        return EX_OK;
    }
    char choice = setup_choose("Try again?", 'e');

    if (choice == 'n') {
        fputs("imappushd: nothing was changed\n", stderr);
        return status;
    }
    if (choice == 'y')
        return EX_OK;
    status = setup_edit_server(setup, strcmp(err->code, "certificate") == 0);
    return status == EX_OK ? setup_name(setup) : status;
}

/* What a person typed and cannot be is typed once more. */
static int plan(struct setup *setup)
{
    int status;

    while ((status = setup_plan(setup)) == EX_CONFIG && setup->edited) {
        status = setup_edit_server(setup, setup->server.ca_file != NULL);
        if (status == EX_OK)
            status = setup_name(setup);
        if (status != EX_OK)
            return status;
    }
    return status;
}

/* No provider's is shipped, so a person has to bring one. */
static int take_client_id(struct setup *setup)
{
    if (setup->client_id || settings_value(&setup->found, "oauth2_client_id"))
        return EX_OK;
    if (!setup->asks)
        return command_misused("%s takes OAuth2, which needs --client-id (or "
                               "--token-command); imappushd(1) says how to "
                               "get one",
                               setup->server.host);
    setup->client_id =
        setup_ask("It takes OAuth2. Client id (imappushd(1) says how to get "
                  "one)",
                  NULL);
    return setup->client_id ? EX_OK : setup_give_up();
}

static int sign_in(struct setup *setup)
{
    int status = take_client_id(setup);

    if (status == EX_OK)
        status = setup_plan(setup);
    if (status != EX_OK || command_has(setup->command, OPTION_DRY_RUN))
        return status;
    status = login_sign_in(setup->command, setup->account, &setup->secret);
    if (status != EX_OK)
        fputs("imappushd: nothing was changed\n", stderr);
    return status;
}

static int log_in(struct setup *setup)
{
    const struct command *command = setup->command;
    int status, tries = 0;

    while ((status = plan(setup)) == EX_OK &&
           (status = get_password(setup)) == EX_OK) {
        struct error err;

        if (command_has(command, OPTION_NO_TEST) ||
            command_has(command, OPTION_DRY_RUN) ||
            setup_test(setup, &err) == 0)
            return EX_OK;
        status = judge(setup, &err, &tries);
        if (status != EX_OK)
            return status;
    }
    return status;
}

int setup_log_in(struct setup *setup)
{
    if (setup->asks && !setup->quiet)
        show_advice(setup);
    return setup_signs_in(setup) ? sign_in(setup) : log_in(setup);
}
