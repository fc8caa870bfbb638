#include "credential/stores.h"

#include "base/credential.h"
#include "credential/keyring.h"
#include "credential/vault.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* ---- get ---- */

/* In neither store. The keyring's reason is told, unless the file's is worse.
 */
static int not_found(const struct question *question, int keyring,
                     struct error *err)
{
    bool grant = strcmp(question->kind, CREDENTIAL_GRANT) == 0;
    const char *what = grant ? "sign-in" : question->kind;
    const char *action = grant ? "login" : "set-password";
    char reason[sizeof err->text];

    snprintf(reason, sizeof reason, "%s", err->text);
    switch (keyring) {
    case CREDENTIAL_MISSING:
        error_set(err, ERROR_PERSON, "secret",
                  "there is no %s, neither in the keyring nor in the file "
                  "store; run: imappushd --%s %s",
                  what, action, question->account);
        break;
    case CREDENTIAL_NO_KEYRING:
        error_set(err, ERROR_LATER, "keyring",
                  "%s, and no %s in the file store; run: imappushd --%s %s",
                  reason, what, action, question->account);
        break;
    default:
        break;
    }
    return keyring;
}

/* The file is looked at first, which costs nothing: nobody is to wait for a
 * keyring when there is a secret in it. The keyring's counts. */
int stores_get(const struct question *question, struct buffer *secret,
               const char **store, struct error *err)
{
    struct buffer kept;
    struct error file_err = {0};

    buffer_init(&kept, CREDENTIAL_SECRET_MAX);
    int file = vault_get(question, &kept, &file_err);
    int status = keyring_get(
        question, file == CREDENTIAL_DONE ? 0 : question->wait_s, secret, err);

    *store = "keyring";
    if (status != CREDENTIAL_DONE && file == CREDENTIAL_DONE) {
        buffer_add(secret, kept.data, kept.length);
        *store = "file";
        status = CREDENTIAL_DONE;
    } else if (status != CREDENTIAL_DONE && file != CREDENTIAL_MISSING) {
        *err = file_err;
        status = file;
    } else if (status != CREDENTIAL_DONE) {
        status = not_found(question, status, err);
    }
    buffer_finish(&kept);
    return status;
}

/* ---- store ---- */

/* What a locked keyring has is older, and would count as soon as it is
 * unlocked. That it may have one is no reason to refuse. */
static int store_in_file(const struct question *question, struct error *err)
{
    int keyring = keyring_erase(question, err);

    if (keyring == CREDENTIAL_LOCKED && strcmp(err->code, "locked") == 0) {
        error_prefix(err, "an older one in the keyring would be used instead "
                          "of the file: ");
        return keyring;
    }
    return vault_store(question, err);
}

int stores_put(const struct question *question, struct error *err)
{
    if (strcmp(question->store, "file") == 0)
        return store_in_file(question, err);
    int status = keyring_store(question, err);

    return status == CREDENTIAL_DONE ? vault_erase(question, err) : status;
}

/* ---- erase ---- */

int stores_erase(const struct question *question, struct error *err)
{
    int file = vault_erase(question, err);
    struct error keyring_err = {0};
    int keyring = keyring_erase(question, &keyring_err);

    if (file != CREDENTIAL_DONE || keyring == CREDENTIAL_NO_KEYRING)
        return file;
    *err = keyring_err;
    return keyring;
}
