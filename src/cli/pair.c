#include "cli/pair.h"

#include "base/alloc.h"
#include "cli/endpoint_private.h"
#include "cli/guest.h"
#include "cli/invitation_code.h"
#include "cli/phone_link.h"
#include "cli/phone_page.h"
#include "cli/push.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* More phones than this have names of their own. */
#define PHONES_MAX 1000

#define SUBSCRIPTION_MAX 16384

/* ---- who, and where ---- */

/* "phone", or "phone2" and so on; free() it. */
static char *free_name(const struct config *config)
{
    char *name = xstrdup("phone");

    for (int i = 2; i < PHONES_MAX && change_find(config, name); i++) {
        free(name);
        name = xasprintf("phone%d", i);
    }
    return name;
}

static int choose_name(const struct command *command, char **name)
{
    struct error err;

    if (command->operand) {
        *name = xstrdup(command->operand);
        return EX_OK;
    }
    struct config *config = config_load_staged(command->config, NULL, 0, &err);

    if (!config) {
        fprintf(stderr, "imappushd: %s: %s\n", command->config, err.text);
        return EX_OSERR;
    }
    *name = free_name(config);
    config_unload(&config);
    return EX_OK;
}

static void list_accounts(const struct config *config)
{
    const char *before = ": ";

    for (size_t i = 0; i < config->account_count; i++) {
        if (!config->accounts[i].enabled)
            continue;
        fprintf(stderr, "%s%s", before, config->accounts[i].name);
        before = ", ";
    }
}

static int choose_account(const struct command *command,
                          const struct config *config,
                          const struct account **account)
{
    const char *name = command_value(command, OPTION_ACCOUNT);
    size_t count = 0;

    for (size_t i = 0; i < config->account_count; i++) {
        const struct account *at = &config->accounts[i];

        if (!at->enabled || (name && strcmp(at->name, name) != 0))
            continue;
        *account = at;
        count++;
    }
    if (count == 1)
        return EX_OK;
    if (name) {
        fprintf(stderr, "imappushd: there is no account \"%s\" that is watched",
                name);
        list_accounts(config);
        fputs("\n", stderr);
        return EX_NOINPUT;
    }
    if (count == 0) {
        fputs("imappushd: there is no account whose mail could be read; "
              "imappushd.conf(5) says how to write one\n",
              stderr);
        return EX_CONFIG;
    }
    fputs("imappushd: through which account? Say --account NAME", stderr);
    list_accounts(config);
    fputs("\n", stderr);
    return EX_USAGE;
}

/* What would only come out when the phone has done its part. */
static int check_needs(const struct change *change)
{
    const struct config *config = change->present;

    if (!config->phone_page)
        return phone_page_say_missing(change->command->config);
    if (config->vapid_subject)
        return EX_OK;
    fprintf(stderr,
            "imappushd: push services want to know whom they may write to; add "
            "this line to %s, with your own address:\n"
            "    vapid_subject = \"mailto:you@example.org\";\n",
            change->command->config);
    return EX_CONFIG;
}

static bool may_ask(const struct command *command)
{
    return !command_has(command, OPTION_NO_INPUT) && terminal_is_there();
}

/* ---- the code ---- */

static int show_code(const struct change *change,
                     const struct invitation_code *code,
                     const struct account *account, int seconds)
{
    struct buffer key, link;

    buffer_init(&key, PHONE_LINK_KEY_MAX);
    buffer_init(&link, 32768);
    int status = phone_link_key(&key);

    if (status == EX_OK) {
        invitation_code_link(code, change->present->phone_page, key.data,
                             account, change->name, &link);
        puts(link.data);
        if (isatty(STDOUT_FILENO))
            phone_link_draw(link.data);
        printf("Scan this with the phone and follow the page: it opens a mail "
               "to yourself\nthat only has to be sent. Nobody else should see "
               "the code, which is valid\nfor %d minute%s.\n",
               (seconds + 59) / 60, seconds > 60 ? "s" : "");
        fflush(stdout);
    }
    buffer_finish(&key);
    buffer_finish(&link);
    return status;
}

/* Shows the code, and waits for what the phone answers. */
static int invite(struct change *change, const struct account *account,
                  int seconds)
{
    struct invitation_code code;
    int status;

    if (invitation_code_draw(&code) < 0) {
        fputs("imappushd: the kernel gives no random numbers\n", stderr);
        return EX_OSERR;
    }
    buffer_init(&change->address.text, SUBSCRIPTION_MAX);
    int daemon = guest_announce(&code, account, seconds, &status);

    if (daemon < 0)
        return status;
    status = show_code(change, &code, account, seconds);
    if (status == EX_OK)
        status =
            guest_await(daemon, &code, account, seconds, &change->address.text);
    close(daemon);
    explicit_bzero(&code, sizeof code);
    return status;
}

/* ---- the phone ---- */

static void write_settings(struct change *change)
{
    change->address.is_subscription = true;
    buffer_printf(&change->settings,
                  "# imappushd.conf(5) says what else there is. The "
                  "subscription is in %s.json.\n"
                  "kind = \"webpush\";\n",
                  change->name);
    change_stage(change, change->json, &change->address.text);
    change_stage(change, change->conf, &change->settings);
}

static int confirm(const struct change *change)
{
    char *question =
        xasprintf("A phone answered that gets its pushes by %s. Is it yours?",
                  change->endpoint->label);
    bool good = command_has(change->command, OPTION_YES) ||
                terminal_yes(question, true);

    free(question);
    if (!good)
        fputs("imappushd: nothing was changed\n", stderr);
    return good ? EX_OK : EX_TEMPFAIL;
}

static int pair(struct change *change)
{
    const struct account *account = NULL;
    int seconds = command_has(change->command, OPTION_TIMEOUT)
                      ? change->patience_s
                      : INVITATION_S;

    change->patience_s = PUSH_PATIENCE_S;
    int status = change_check_new(change);

    if (status == EX_OK)
        status = choose_account(change->command, change->present, &account);
    if (status == EX_OK)
        status = check_needs(change);
    if (status == EX_OK)
        status = invite(change, account, seconds);
    if (status != EX_OK)
        return status;
    write_settings(change);
    status = change_check(change);
    if (status == EX_OK)
        status = confirm(change);
    if (status == EX_OK)
        status = change_test(change, "Keep it all the same?");
    return status == EX_OK ? change_write(change, "paired", true) : status;
}

int pair_phone(const struct command *command)
{
    struct command named = *command;
    struct change change;
    char *name = NULL;

    if (!command_has(command, OPTION_YES) && !may_ask(command))
        return command_misused("there is nobody to ask whether it is the right "
                               "phone: give --yes");
    int status = choose_name(command, &name);

    if (status != EX_OK)
        return status;
    named.operand = name;
    status = change_begin(&change, &named);
    if (status == EX_OK)
        status = pair(&change);
    change_finish(&change);
    free(name);
    return status;
}
