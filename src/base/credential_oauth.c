#include "base/credential_private.h"

#include "base/account.h"
#include "base/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the program reads what is typed (credential/signin.h). */
#define INPUT 3

#define LIVES_MAX_S (366 * 86400)

/* ---- access tokens ---- */

static int64_t seconds_of(const char *value)
{
    char *end;
    long long seconds = value ? strtoll(value, &end, 10) : 0;

    return !value || *end || seconds < 0 || seconds > LIVES_MAX_S ? 0 : seconds;
}

static void take_token(struct buffer *answer, struct buffer *token,
                       int64_t *lives_s, struct error *warning)
{
    /* each value is ended in place, so the first of the answer is taken last */
    const char *lives = credential_value(answer, "lives");
    const char *words = credential_value(answer, "warning");
    const char *found = credential_value(answer, "secret");

    *lives_s = seconds_of(lives);
    if (words)
        error_set(warning, ERROR_LATER, "store", "%s", words);
    if (found)
        buffer_add_text(token, found);
}

int credential_token(const struct account *account, int wait_s,
                     struct buffer *token, int64_t *lives_s,
                     struct error *warning, struct error *err)
{
    const struct credential credential = {.account = account->name,
                                          .user = account->user,
                                          .host = account->host,
                                          .kind = CREDENTIAL_GRANT};
    struct buffer question, answer;

    *lives_s = 0;
    credential_begin(&question, &credential);
    credential_add(&question, "issuer", account->oauth2_issuer);
    credential_add(&question, "client_id", account->oauth2_client_id);
    credential_add(&question, "client_secret_file",
                   account->oauth2_client_secret_file);
    buffer_printf(&question, "wait=%d\n", wait_s);
    int status = credential_ask("token", &question,
                                CREDENTIAL_TOKEN_MS + wait_s * INT64_C(1000),
                                &answer, err);

    if (status == CREDENTIAL_DONE)
        take_token(&answer, token, lives_s, warning);
    if (status == CREDENTIAL_DONE && token->length == 0) {
        status = CREDENTIAL_TROUBLE;
        credential_explain(status, NULL, err);
    }
    buffer_finish(&answer);
    return status;
}

/* ---- signing in ---- */

static _Noreturn void become(int in, int out, int input)
{
    char *path = helper_path("credential");

    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        (input >= 0 && dup2(input, INPUT) < 0))
        _exit(EX_SOFTWARE);
    if (input == INPUT) /* then it still closes itself */
        fcntl(INPUT, F_SETFD, 0);
    close_range(input >= 0 ? INPUT + 1 : INPUT, ~0U, 0);
    execl(path, path, "signin", (char *)NULL);
    _exit(EX_SOFTWARE);
}

/* 0, or -1 with errno. The question is less than a pipe holds. */
static int run(struct buffer *question, int input, struct buffer *answer,
               int *status)
{
    int in[2], out[2];
    ssize_t got;

    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return -1;
    pid_t child = fork();

    if (child == 0)
        become(in[0], out[1], input);
    close(out[1]);
    got = child < 0 ? -1 : write(in[1], question->data, question->length);
    close(in[0]); /* not before: there was to be no SIGPIPE */
    close(in[1]);
    while (got > 0) {
        char *room = buffer_room(answer, 4096);

        got = room ? read(out[0], room, 4096) : -1;
        if (got > 0)
            answer->length += (size_t)got;
        if (answer->length > 0)
            answer->data[answer->length] = '\0';
    }
    close(out[0]);
    while (child > 0 && waitpid(child, status, 0) < 0 && errno == EINTR)
        ;
    return child < 0 ? -1 : 0;
}

static void add_signin(struct buffer *question,
                       const struct credential_signin *signin)
{
    const struct {
        const char *key, *value;
    } lines[] = {
        {"issuer", signin->issuer},
        {"token_endpoint", signin->token_endpoint},
        {"authorization_endpoint", signin->authorization_endpoint},
        {"device_endpoint", signin->device_endpoint},
        {"client_id", signin->client_id},
        {"client_secret_file", signin->client_secret_file},
        {"scope", signin->scope},
        {"port", signin->port},
        {"browser", signin->browser ? "yes" : NULL},
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        credential_add(question, lines[i].key, lines[i].value);
}

int credential_signin(const struct account *account,
                      const struct credential_signin *signin,
                      struct buffer *grant, struct error *err)
{
    const struct credential credential = {.account = account->name,
                                          .user = account->user,
                                          .host = account->host,
                                          .kind = CREDENTIAL_GRANT};
    struct buffer question, answer;
    int status = 0;

    buffer_init(&answer, CREDENTIAL_ANSWER_MAX);
    credential_begin(&question, &credential);
    add_signin(&question, signin);
    int result = run(&question, signin->input, &answer, &status);

    status = result == 0 && WIFEXITED(status) ? WEXITSTATUS(status)
                                              : CREDENTIAL_TROUBLE;
    const char *found = credential_value(
        &answer, status == CREDENTIAL_DONE ? "secret" : "error");

    if (status == CREDENTIAL_DONE && found)
        buffer_add_text(grant, found);
    else
        credential_explain(status, found, err);
    if (status == CREDENTIAL_DONE && !found)
        status = CREDENTIAL_TROUBLE;
    buffer_finish(&question);
    buffer_finish(&answer);
    return status;
}
