/*
 * How an account logs in: by a password or by a token, and where that comes
 * from. A key of the other way is an error: who gives it believes that it
 * counts.
 */
#include "config/draft.h"

#include "config/host.h"
#include "config/url.h"

#include <string.h>

static const char *const password_keys[] = {"password_command", "password_file",
                                            NULL};
static const char *const sign_in_keys[] = {"oauth2_issuer", "oauth2_client_id",
                                           "oauth2_client_secret_file",
                                           "oauth2_scope", NULL};

static void complain(const struct object *object, const char *key,
                     const char *words)
{
    reading_error(object->reading, object_place(object, key), "%s %s", key,
                  words);
}

static void refuse(const struct object *object, const char *const *keys,
                   const char *words)
{
    for (; *keys; keys++) {
        if (object_has(object, *keys))
            complain(object, *keys, words);
    }
}

/* ---- values ---- */

/* A name without a slash is that of a systemd credential, and must not lead
 * out of the folder of these. */
static bool is_credential_name(const char *name)
{
    return !strchr(name, '/') && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

static void check_command(const char **command, const char *key,
                          const struct object *object)
{
    if (command && (!command[0] || command[0][0] == '\0'))
        complain(object, key, "names no program");
}

static void check_file(const char *file, const char *key,
                       const struct object *object)
{
    if (file && file[0] != '/' && !is_credential_name(file))
        complain(object, key,
                 "must be an absolute path, or a name without slashes in "
                 "$CREDENTIALS_DIRECTORY");
}

static void check_issuer(const char *issuer, const struct object *object)
{
    struct url url;
    const char *trouble = issuer ? url_check(issuer, &url) : NULL;

    if (trouble)
        reading_error(object->reading, object_place(object, "oauth2_issuer"),
                      "oauth2_issuer: %s", trouble);
    else if (issuer && !url.https && !host_is_loopback(url.host))
        complain(object, "oauth2_issuer", "must begin with https://");
}

/* ---- ways ---- */

static void check_password(struct account_draft *draft,
                           const struct object *object)
{
    check_command(draft->command, "password_command", object);
    draft->account.password_command = draft->command;
    if (object_has(object, "password_command") &&
        object_has(object, "password_file"))
        complain(object, "password_file",
                 "and password_command cannot both be given: remove one");
    check_file(draft->account.password_file, "password_file", object);
}

static void check_token(struct account_draft *draft,
                        const struct object *object)
{
    struct account *account = &draft->account;

    check_command(draft->token_command, "token_command", object);
    account->token_command = draft->token_command;
    if (object_has(object, "token_command"))
        refuse(object, sign_in_keys,
               "is of no use with token_command, which does the sign-in");
    check_issuer(account->oauth2_issuer, object);
    check_file(account->oauth2_client_secret_file, "oauth2_client_secret_file",
               object);
}

void auth_draft_check(struct account_draft *draft, const struct object *object)
{
    static const char *const token_keys[] = {"token_command", NULL};

    if (draft->account.auth == ACCOUNT_AUTH_OAUTH2) {
        refuse(object, password_keys, "is of no use with auth = \"oauth2\"");
        check_token(draft, object);
    } else {
        refuse(object, token_keys, "is of no use without auth = \"oauth2\"");
        refuse(object, sign_in_keys, "is of no use without auth = \"oauth2\"");
        check_password(draft, object);
    }
}
