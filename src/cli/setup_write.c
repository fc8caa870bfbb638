/*
 * The end of it: the secret goes into a store, and the account's file into its
 * place.
 *
 * The secret first, while signals wait: an account without its password would
 * be worse than a password without its account, which the next try replaces.
 * Where the file cannot be written, the secret is taken back.
 */
#include "cli/setup_private.h"

#include "base/credential.h"
#include "base/json.h"
#include "cli/control.h"
#include "cli/keep.h"
#include "cli/store.h"
#include "cli/output.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

/* Done, but something is left to do. */
#define EX_DEGRADED 1

static const struct kept *what(const struct setup *setup)
{
    return setup_signs_in(setup) ? &kept_grant : &kept_password;
}

/* ---- both or none ---- */

/* Somebody else was quicker: then nothing in the stores is ours to touch. */
static int check_still_new(const struct setup *setup)
{
    struct stat info;

    if (lstat(setup->conf, &info) < 0)
        return EX_OK;
    fprintf(stderr, "imappushd: %s is there already; nothing was changed\n",
            setup->conf);
    return EX_CANTCREAT;
}

static int write_file(struct setup *setup)
{
    const struct staged file = {setup->conf, &setup->text};
    const struct credential credential = {.account = setup->name};
    struct error err, ignored;

    if (store_write(&file, 1, true, &err) == 0)
        return EX_OK;
    if (setup->store)
        credential_erase(&credential, &ignored);
    fprintf(stderr, "imappushd: %s; nothing was changed\n", err.text);
    return EX_CANTCREAT;
}

static int commit_in(struct setup *setup, const char *store, struct error *err)
{
    const struct credential credential = {.account = setup->name,
                                          .user = setup->account->user,
                                          .host = setup->account->host,
                                          .kind = what(setup)->kind};
    sigset_t all, before;
    int status = CREDENTIAL_DONE;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    if (store)
        status = credential_store(&credential, store, &setup->secret, err);
    if (status == CREDENTIAL_DONE) {
        setup->store = store;
        err->text[0] = '\0';
        status = write_file(setup);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}

static int commit(struct setup *setup)
{
    const char *given = command_value(setup->command, OPTION_STORE);
    const char *store = given ? given : "keyring";
    struct error err = {0};

    if (setup->secret.length == 0)
        store = NULL;
    int status = check_still_new(setup);

    if (status != EX_OK)
        return status;
    status = commit_in(setup, store, &err);

    if (status == CREDENTIAL_NO_KEYRING && store && !given) {
        if (!setup->asks)
            return command_misused("%s; to keep the %s in a file that only you "
                                   "can read: --store=file",
                                   err.text, what(setup)->name);
        if (!keep_agrees_to_file(what(setup))) {
            fputs("imappushd: nothing was changed; --password-command is "
                  "another way\n",
                  stderr);
            return EX_UNAVAILABLE;
        }
        status = commit_in(setup, "file", &err);
    }
    return status != EX_OK && err.text[0]
               ? keep_refused(status, what(setup), &err)
               : status;
}

/* ---- what to say of it ---- */

static void show_plan(const struct setup *setup)
{
    printf("would write %s\n%s", setup->conf, setup->text.data);
    if (setup_signs_in(setup))
        printf("would sign in, and keep what comes of it in a store\n");
    else if (!setup->account->password_command &&
             !setup->account->password_file && !setup->account->token_command)
        printf("would keep the password in a store\n");
}

static void show_result(const struct setup *setup)
{
    if (setup->store)
        printf("Account \"%s\" was added: %s, the %s in %s.\n", setup->name,
               setup->conf, what(setup)->name,
               strcmp(setup->store, "file") == 0 ? "the file store"
                                                 : "the keyring");
    else
        printf("Account \"%s\" was added: %s.\n", setup->name, setup->conf);
    fflush(stdout);
}

static void show_json(const struct setup *setup, bool added, bool reloaded)
{
    const struct account *account = setup->account;
    struct buffer out;
    struct json json;

    output_open(&json, &out);
    json_text(&json, "name", setup->name);
    json_text(&json, "file", setup->conf);
    json_text(&json, "host", account->host);
    json_number(&json, "port", account->port);
    json_text(&json, "tls", setup->server.tls);
    json_text(&json, "user", account->user);
    json_text(&json, "auth",
              account->auth == ACCOUNT_AUTH_OAUTH2 ? "oauth2" : "password");
    json_open_array(&json, "mailboxes");
    for (size_t i = 0; i < account->mailbox_count; i++)
        json_text(&json, NULL, account->mailboxes[i]);
    json_close_array(&json);
    if (setup->store)
        json_text(&json, "store", setup->store);
    else
        json_null(&json, "store");
    if (setup->offer)
        json_text(&json, "offer", setup->offer);
    else
        json_null(&json, "offer");
    json_truth(&json, "tested", setup->tested);
    json_truth(&json, "added", added);
    json_truth(&json, "reloaded", reloaded);
    output_close(&json);
}

/* ---- all of it ---- */

/* Tokens come only of what is in the store. */
static int test_sign_in(struct setup *setup)
{
    struct probe probe = {0};

    if (!setup_signs_in(setup) || command_has(setup->command, OPTION_NO_TEST) ||
        setup_test(setup, &probe.err) == 0)
        return EX_OK;
    fprintf(stderr,
            "imappushd: %s; the account is there all the same: see imappushd "
            "--test-account %s\n",
            probe.err.text, setup->name);
    return EX_DEGRADED;
}

int setup_write(struct setup *setup)
{
    bool reloaded = false, dry = command_has(setup->command, OPTION_DRY_RUN);
    int status = EX_OK, rest = EX_OK;

    if (!dry)
        status = commit(setup);
    if (status != EX_OK)
        return status;
    if (dry && !setup->json)
        show_plan(setup);
    if (!dry && !setup->json && !setup->quiet)
        show_result(setup);
    if (!dry) {
        rest = test_sign_in(setup);
        status = control_tell(true, &reloaded);
    }
    if (setup->json)
        show_json(setup, !dry, reloaded);
    if (!dry && status == EX_OK)
        status = setup_offer_next(setup, reloaded);
    if (status != EX_OK || rest != EX_OK)
        return status != EX_OK ? status : rest;
    return setup->lacks ? EX_DEGRADED : EX_OK;
}
