#include "cli/account.h"

#include "base/credential.h"
#include "cli/control.h"
#include "cli/password.h"
#include "cli/terminal.h"
#include "config/nearest.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* ---- which one ---- */

static const struct account *nearest_account(const struct config *config,
                                             const char *name)
{
    const struct account *nearest = NULL;
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < config->account_count; i++) {
        size_t distance = nearest_distance(config->accounts[i].name, name);

        if (distance < best) {
            best = distance;
            nearest = &config->accounts[i];
        }
    }
    return nearest;
}

static int no_such_account(const struct config *config, const char *name)
{
    const struct account *nearest = nearest_account(config, name);

    if (nearest)
        fprintf(stderr,
                "imappushd: there is no account \"%s\"; is \"%s\" "
                "meant?\n",
                name, nearest->name);
    else
        fprintf(stderr, "imappushd: there is no account \"%s\"\n", name);
    return EX_NOINPUT;
}

/* Without a name. */
static const struct account *pick(const struct command *command,
                                  const struct config *config, int *status)
{
    const struct account *account = NULL;
    struct buffer line;

    if (config->account_count == 1)
        return &config->accounts[0];
    if (command_has(command, OPTION_NO_INPUT) || !terminal_is_there()) {
        *status = command_misused("which account? Give its name");
        return NULL;
    }
    fputs("Accounts:", stderr);
    for (size_t i = 0; i < config->account_count; i++)
        fprintf(stderr, " %s", config->accounts[i].name);
    fputs("\n", stderr);
    buffer_init(&line, 256);
    if (terminal_line("Which one? ", &line) == 0 && line.length > 0) {
        account = config_account(config, line.data);
        if (!account)
            *status = no_such_account(config, line.data);
    } else {
        *status = command_misused("which account? Give its name");
    }
    buffer_finish(&line);
    return account;
}

const struct account *account_find(const struct command *command,
                                   struct config **config, int *status)
{
    struct error err;

    *status = EX_CONFIG;
    *config = config_load(command->config, &err);
    if (!*config) {
        fprintf(stderr, "imappushd: %s: %s\n", command->config, err.text);
        return NULL;
    }
    if ((*config)->error_count > 0) {
        fprintf(stderr, "imappushd: the configuration has errors; see "
                        "--check-config\n");
        return NULL;
    }
    if (!command->operand)
        return pick(command, *config, status);
    const struct account *account = config_account(*config, command->operand);

    if (!account)
        *status = no_such_account(*config, command->operand);
    return account;
}

/* ---- --set-password ---- */

static const char *other_source(const struct account *account)
{
    if (account->password_command)
        return "password_command";
    return account->password_file ? "password_file" : NULL;
}

static int set_password(const struct command *command,
                        const struct account *account)
{
    struct buffer password;
    const char *other = other_source(account);

    if (other) {
        fprintf(stderr,
                "imappushd: account \"%s\" has its password from its %s; take "
                "that key out of the configuration to have it in a store\n",
                account->name, other);
        return EX_CONFIG;
    }
    buffer_init(&password, CREDENTIAL_SECRET_MAX);
    int status = password_read(command, account, &password);

    if (status == EX_OK)
        status = password_keep(command, account, &password);
    buffer_finish(&password);
    return status == EX_OK ? control_tell(true, NULL) : status;
}

int account_set_password(const struct command *command)
{
    struct config *config;
    int status;
    const struct account *account = account_find(command, &config, &status);

    if (account)
        status = set_password(command, account);
    config_unload(&config);
    return status;
}
