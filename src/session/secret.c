#include "session/secret.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/secret_file.h"
#include "base/spawn.h"

#include <stdbool.h>
#include <string.h>

#define COMMAND_MS 30000
#define DIAGNOSTICS_MAX 4096
/* One wait for a keyring; the next session goes on with it. */
#define KEYRING_MS 60000

static int judge(const struct buffer *secret, const char *source,
                 const char *what, struct error *err)
{
    if (secret->length == 0)
        return error_set(err, ERROR_LATER, "secret", "%s gave no %s", source,
                         what);
    if (memchr(secret->data, '\0', secret->length) ||
        memchr(secret->data, '\r', secret->length))
        return error_set(err, ERROR_PERSON, "secret",
                         "the %s that %s gave holds a byte that none can "
                         "hold (NUL or CR)",
                         what, source);
    return 0;
}

/* RFC 6749 §A.12, and no blank: a command that prints one prints more than the
 * token. */
static int judge_token(const struct buffer *token, const char *source,
                       struct error *err)
{
    for (size_t i = 0; i < token->length; i++) {
        if (token->data[i] <= ' ' || token->data[i] > '~')
            return error_set(err, ERROR_LATER, "secret",
                             "what %s gave is not an access token: it holds "
                             "a blank or another byte that none can hold; its "
                             "first line has to be the token alone",
                             source);
    }
    return 0;
}

/* A command of the user's: the key that names it, and what it prints. */
struct source {
    const char *key, *what;
    const char *const *argv;
};

/* What the command complained of, unless it may be the secret itself. */
static void log_diagnostics(const char *key, struct buffer *diagnostics,
                            const struct buffer *secret)
{
    char *line, *rest = diagnostics->data;

    while (rest && (line = strsep(&rest, "\r\n"))) {
        bool leaks = secret->length > 0 && strstr(line, secret->data);

        if (*line && !leaks)
            log_notice("%s says: %s", key, line);
    }
}

static int run_command(const struct source *source, struct buffer *secret,
                       struct error *err)
{
    struct buffer diagnostics;
    int64_t patience_ms = clock_patience_ms("COMMAND", COMMAND_MS);

    buffer_init(&diagnostics, DIAGNOSTICS_MAX);
    int status =
        spawn_command(source->argv, patience_ms, secret, &diagnostics, err);

    if (status < 0)
        error_prefix(err, "%s ", source->key);
    secret_keep_first_line(secret);
    if (status != 0)
        log_diagnostics(source->key, &diagnostics, secret);
    bool complained = diagnostics.length > 0;

    buffer_finish(&diagnostics);
    if (status > 0)
        return error_set(err, ERROR_LATER, "secret", "%s failed with status %d",
                         source->key, status);
    if (status == 0 && secret->length == 0 && complained)
        return error_set(err, ERROR_LATER, "secret",
                         "%s gave no %s, but wrote to standard error (it may "
                         "be the %s, so it is not shown; run the command by "
                         "hand)",
                         source->key, source->what, source->what);
    return status < 0 ? -1 : judge(secret, source->key, source->what, err);
}

static int run_token_command(const struct account *account,
                             struct buffer *token, struct error *err)
{
    const struct source source = {"token_command", "access token",
                                  account->token_command};

    if (run_command(&source, token, err) < 0)
        return -1;
    return judge_token(token, source.key, err);
}

static int run_password_command(const struct account *account,
                                struct buffer *secret, struct error *err)
{
    const struct source source = {"password_command", "password",
                                  account->password_command};

    return run_command(&source, secret, err);
}

static int read_file(const struct account *account, struct buffer *secret,
                     struct error *err)
{
    if (secret_file_read("password_file", account->password_file, SECRET_MAX,
                         secret, err) < 0)
        return -1;
    return judge(secret, "password_file", "password", err);
}

/* ---- the keyring, or the file store ---- */

int64_t secret_wait_ms(const struct plan *plan)
{
    return plan->await_keyring ? clock_patience_ms("KEYRING", KEYRING_MS) : 0;
}

static int ask_stores(const struct plan *plan, struct buffer *secret,
                      struct error *err)
{
    const struct credential credential = {.account = plan->account->name,
                                          .kind = CREDENTIAL_PASSWORD};
    int wait_s = (int)((secret_wait_ms(plan) + 999) / 1000);

    if (credential_get(&credential, wait_s, secret, err) != CREDENTIAL_DONE)
        return -1;
    if (plan->await_keyring)
        log_notice("the password is there; going on");
    return judge(secret, "the keyring or the file store", "password", err);
}

static int make_token(const struct plan *plan, struct buffer *token,
                      int64_t *lives_s, struct error *err)
{
    int wait_s = (int)((secret_wait_ms(plan) + 999) / 1000);
    struct error warning = {0};

    if (credential_token(plan->account, wait_s, token, lives_s, &warning,
                         err) != CREDENTIAL_DONE)
        return -1;
    if (warning.text[0])
        log_warning("%s", warning.text);
    return judge_token(token, "the sign-in server", err);
}

/* What a person has just typed. */
static int take_over(struct buffer *given, struct buffer *secret,
                     struct error *err)
{
    buffer_add(secret, given->data, given->length);
    buffer_finish(given);
    return judge(secret, "the command line", "password", err);
}

int secret_get(const struct plan *plan, struct buffer *secret, int64_t *lives_s,
               struct error *err)
{
    const struct account *account = plan->account;

    *lives_s = 0;
    if (plan->secret)
        return take_over(plan->secret, secret, err);
    if (account->auth == ACCOUNT_AUTH_OAUTH2)
        return account->token_command ? run_token_command(account, secret, err)
                                      : make_token(plan, secret, lives_s, err);
    if (account->password_command)
        return run_password_command(account, secret, err);
    if (account->password_file)
        return read_file(account, secret, err);
    return ask_stores(plan, secret, err);
}
