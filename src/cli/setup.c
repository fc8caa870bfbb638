#include "cli/setup_private.h"

#include "base/alloc.h"
#include "base/credential.h"
#include "base/log.h"
#include "cli/keep.h"
#include "cli/terminal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* What a line of a terminal can have. */
#define LINE_MAX_BYTES 4096

/* ---- asking ---- */

char *setup_ask(const char *label, const char *usual)
{
    char *words =
        usual ? xasprintf("%s [%s]: ", label, usual) : xasprintf("%s: ", label);
    char *answer = NULL;
    struct buffer line;

    buffer_init(&line, LINE_MAX_BYTES);
    if (terminal_line(words, &line) == 0) {
        const char *typed = line.length > 0 ? line.data : "";

        while (*typed == ' ' || *typed == '\t')
            typed++;
        size_t length = strlen(typed);

        while (length > 0 &&
               (typed[length - 1] == ' ' || typed[length - 1] == '\t'))
            length--;
        if (length > 0)
            answer = xasprintf("%.*s", (int)length, typed);
        else if (usual)
            answer = xstrdup(usual);
    }
    buffer_finish(&line);
    free(words);
    return answer;
}

char setup_choose(const char *question, char usual)
{
    for (;;) {
        char *words = xasprintf("%s [%s] ", question,
                                usual == 'y' ? "Y/n/edit" : "y/N/edit");
        struct buffer line;

        buffer_init(&line, LINE_MAX_BYTES);
        int got = terminal_line(words, &line);
        char first = line.length > 0 ? line.data[0] : usual;

        buffer_finish(&line);
        free(words);
        if (got < 0)
            return 'n';
        if (strchr("yYnNeE", first))
            return (char)(first | 0x20); /* lower case */
    }
}

int setup_give_up(void)
{
    fputs("imappushd: nothing was changed\n", stderr);
    return EX_NOINPUT;
}

/* ---- lists of names ---- */

void setup_add(char ***list, size_t *count, const char *name)
{
    *list = xreallocarray(*list, *count + 1, sizeof **list);
    (*list)[(*count)++] = xstrdup(name);
}

void setup_drop(char ***list, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        free((*list)[i]);
    free(*list);
    *list = NULL;
    *count = 0;
}

/* ---- beginning and end ---- */

/* Two answers to one question are a mistake. */
static int check_options(const struct command *command)
{
    static const enum command_option ways[] = {
        OPTION_PASSWORD_STDIN, OPTION_PASSWORD_FD, OPTION_PASSWORD_COMMAND,
        OPTION_PASSWORD_FILE, OPTION_TOKEN_COMMAND};
    const char *auth = command_value(command, OPTION_AUTH);
    bool tokens = command_has(command, OPTION_TOKEN_COMMAND);
    int given = 0;

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        given += command_has(command, ways[i]);
    if (given > 1)
        return command_misused("--password-stdin, --password-fd, "
                               "--password-command, --password-file and "
                               "--token-command are ways to one secret: give "
                               "one");
    if (auth && strcmp(auth, "password") != 0 && strcmp(auth, "oauth2") != 0)
        return command_misused("--auth is password or oauth2");
    if (auth && given && tokens != (strcmp(auth, "oauth2") == 0))
        return command_misused("--auth=%s does not go with the way that is "
                               "given for the %s",
                               auth, tokens ? "token" : "password");
    return keep_check(command);
}

static int check_present(const struct config *present)
{
    for (const struct complaint *at = present->complaints; at; at = at->next) {
        if (at->is_error)
            fprintf(stderr, "imappushd: %s\n", at->text);
    }
    if (present->error_count == 0)
        return EX_OK;
    fputs("imappushd: the configuration has errors; nothing was changed\n",
          stderr);
    return EX_CONFIG;
}

static void take_mailboxes(struct setup *setup)
{
    const char *name;

    for (size_t i = 0;
         (name = command_value_at(setup->command, OPTION_MAILBOX, i)); i++)
        setup_add(&setup->mailboxes, &setup->mailbox_count, name);
}

static int begin(struct setup *setup, const struct command *command)
{
    struct error err;

    *setup = (struct setup){
        .command = command,
        .asks = !command_has(command, OPTION_NO_INPUT) && terminal_is_there(),
        .quiet = command_has(command, OPTION_QUIET),
        .json = command_has(command, OPTION_JSON),
        .primary_only = command_has(command, OPTION_PRIMARY_ONLY)};
    buffer_init(&setup->secret, CREDENTIAL_SECRET_MAX);
    buffer_init(&setup->text, 262144);
    take_mailboxes(setup);
    signal(SIGPIPE, SIG_IGN); /* helpers may hang up */
    if (!command_has(command, OPTION_VERBOSE))
        log_fix_level(LOG_WARNING);
    int status = check_options(command);

    if (status != EX_OK)
        return status;
    setup->present = config_load_staged(command->config, NULL, 0, &err);
    if (setup->present)
        return check_present(setup->present);
    fprintf(stderr, "imappushd: %s: %s\n", command->config, err.text);
    return EX_OSERR;
}

static void finish(struct setup *setup)
{
    struct server *server = &setup->server;

    config_unload(&setup->planned);
    config_unload(&setup->present);
    settings_finish(&setup->found);
    buffer_finish(&setup->secret);
    buffer_finish(&setup->text);
    setup_drop(&setup->mailboxes, &setup->mailbox_count);
    setup_drop(&setup->listed, &setup->listed_count);
    free(server->host);
    free(server->port);
    free(server->tls);
    free(server->user);
    free(server->tls_name);
    free(server->ca_file);
    free(setup->address);
    free(setup->name);
    free(setup->conf);
    free(setup->client_id);
    free(setup->offer);
}

/* ---- all of it ---- */

int setup_account(const struct command *command)
{
    static int (*const steps[])(struct setup *) = {
        setup_find_server, setup_log_in, setup_choose_mailboxes, setup_plan,
        setup_write};
    struct setup setup;
    int status = begin(&setup, command);

    for (size_t i = 0; status == EX_OK && i < sizeof steps / sizeof *steps; i++)
        status = steps[i](&setup);
    finish(&setup);
    return status;
}
