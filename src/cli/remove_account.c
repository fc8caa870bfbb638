/*
 * --remove-account. The file may be one that cannot be read: to remove it is
 * one way of mending that, so only its name counts.
 */
#include "cli/account.h"

#include "base/alloc.h"
#include "base/credential.h"
#include "cli/control.h"
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* Done, but something is left to do. */
#define EX_DEGRADED 1

/* accounts.d/NAME.conf beside the main file; free() it. */
static char *file_of(const char *config, const char *name)
{
    const char *slash = strrchr(config, '/');
    int length = slash ? (int)(slash + 1 - config) : 0;

    return xasprintf("%.*saccounts.d/%s.conf", length, config, name);
}

static int not_in_a_file(const struct command *command)
{
    struct config *config;
    int status;

    if (account_find(command, &config, &status)) {
        fprintf(stderr,
                "imappushd: account \"%s\" stands in %s, which is yours alone; "
                "take it out there, then call --reload. Nothing was changed\n",
                command->operand, command->config);
        status = EX_CONFIG;
    }
    config_unload(&config);
    return status;
}

/* 0: yes. Else the exit status. */
static int confirm(const struct command *command, const char *file)
{
    char question[512];

    if (command_has(command, OPTION_YES))
        return EX_OK;
    if (command_has(command, OPTION_NO_INPUT) || !terminal_is_there())
        return command_misused("there is nobody to ask whether %s is to be "
                               "removed: give --yes",
                               file);
    snprintf(question, sizeof question,
             "Remove %s, and the password of account \"%s\"?", file,
             command->operand);
    if (terminal_yes(question, false))
        return EX_OK;
    fputs("Nothing was changed.\n", stderr);
    return EX_DEGRADED;
}

static int erase_secrets(const char *name)
{
    const struct credential credential = {.account = name};
    struct error err = {0};

    if (credential_erase(&credential, &err) == CREDENTIAL_DONE)
        return EX_OK;
    fprintf(stderr,
            "imappushd: a password of account \"%s\" may be left: %s; look for "
            "\"imappushd\" in the keyring\n",
            name, err.text);
    return EX_DEGRADED;
}

/* Gone for good, also after a power cut. */
static int remove_file(const char *file)
{
    if (unlink(file) < 0) {
        fprintf(stderr, "imappushd: %s cannot be removed: %s\n", file,
                strerror(errno));
        return EX_CANTCREAT;
    }
    char *folder = xasprintf("%.*s", (int)(strrchr(file, '/') - file), file);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
    return EX_OK;
}

static int remove_account(const struct command *command, const char *file)
{
    int status = confirm(command, file);

    if (status != EX_OK)
        return status;
    status = remove_file(file);
    if (status != EX_OK)
        return status;
    int left = erase_secrets(command->operand);

    printf("Account \"%s\" is removed.\n", command->operand);
    status = control_tell(true, NULL);
    return status == EX_OK ? left : status;
}

int account_remove(const struct command *command)
{
    const char *name = command->operand;

    if (!name)
        return command_misused("which account? Give its name");
    if (name[0] == '.' || strchr(name, '/'))
        return not_in_a_file(command);
    char *file = file_of(command->config, name);
    int status = access(file, F_OK) == 0 ? remove_account(command, file)
                                         : not_in_a_file(command);

    free(file);
    return status;
}
