#include "cli/keep.h"

#include "base/credential.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

const struct kept kept_password = {
    .kind = CREDENTIAL_PASSWORD,
    .name = "password",
    .advice = "so use an\napp password, which can be revoked"};

const struct kept kept_grant = {
    .kind = CREDENTIAL_GRANT,
    .name = "sign-in",
    .advice = "and good for all the mail until it is\nrevoked with the "
              "provider"};

static int store(const char *where, const struct account *account,
                 const struct kept *kept, const struct buffer *secret,
                 struct error *err)
{
    const struct credential credential = {.account = account->name,
                                          .user = account->user,
                                          .host = account->host,
                                          .kind = kept->kind};
    int status = credential_store(&credential, where, secret, err);

    if (status == CREDENTIAL_DONE)
        printf("The %s of account \"%s\" is in %s.\n", kept->name,
               account->name,
               strcmp(where, "file") == 0 ? "the file store" : "the keyring");
    return status;
}

/* Of the program's statuses, those that the command line has, too. */
int keep_refused(int status, const struct kept *kept, const struct error *err)
{
    fprintf(stderr, "imappushd: the %s was not stored: %s%s\n", kept->name,
            err->text,
            status == CREDENTIAL_LOCKED
                ? "; unlock it and try again, or use --store=file"
                : "");
    return status == CREDENTIAL_TROUBLE ? EX_UNAVAILABLE : status;
}

bool keep_agrees_to_file(const struct kept *kept)
{
    char question[64];

    fprintf(stderr,
            "There is no keyring here. The file store is one file that only "
            "you can read, in\nplain text: as safe as the card or disk it lies "
            "on, %s.\n",
            kept->advice);
    snprintf(question, sizeof question, "Keep the %s there?", kept->name);
    return terminal_yes(question, true);
}

int keep_check(const struct command *command)
{
    const char *where = command_value(command, OPTION_STORE);

    if (where && strcmp(where, "keyring") != 0 && strcmp(where, "file") != 0)
        return command_misused("--store is keyring or file");
    return EX_OK;
}

int keep_secret(const struct command *command, const struct account *account,
                const struct kept *kept, const struct buffer *secret)
{
    const char *where = command_value(command, OPTION_STORE);
    struct error err = {0};

    if (keep_check(command) != EX_OK)
        return EX_USAGE;
    int status = store(where ? where : "keyring", account, kept, secret, &err);

    if (status == CREDENTIAL_NO_KEYRING && !where) {
        if (command_has(command, OPTION_NO_INPUT) || !terminal_is_there())
            return command_misused("%s; to keep the %s in a file that only you "
                                   "can read: --store=file",
                                   err.text, kept->name);
        if (!keep_agrees_to_file(kept)) {
            fputs("imappushd: nothing was stored\n", stderr);
            return EX_UNAVAILABLE;
        }
        status = store("file", account, kept, secret, &err);
    }
    return status == CREDENTIAL_DONE ? EX_OK : keep_refused(status, kept, &err);
}
