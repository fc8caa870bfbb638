#include "credential/question.h"

#include "base/credential.h"
#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 65536
#define CHUNK 4096

static int misused(struct error *err, const char *words)
{
    return error_set(err, ERROR_PERSON, "question", "%s", words);
}

static int read_all(int fd, struct buffer *text, struct error *err)
{
    for (;;) {
        char *room = buffer_room(text, CHUNK);
        ssize_t got = room ? read(fd, room, CHUNK) : -1;

        if (!room)
            return misused(err, "the question is too long");
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return misused(err, "the question cannot be read");
        text->length += (size_t)got;
        text->data[text->length] = '\0';
        if (got == 0)
            return 0;
    }
}

static int take_wait(struct question *question, const char *value,
                     struct error *err)
{
    char *end;
    long seconds = strtol(value, &end, 10);

    if (*value == '\0' || *end != '\0' || seconds < 0 ||
        seconds > QUESTION_WAIT_MAX)
        return misused(err, "wait is not a number of seconds up to 3600");
    question->wait_s = (int)seconds;
    return 0;
}

static int take_port(struct question *question, const char *value,
                     struct error *err)
{
    char *end;
    long port = strtol(value, &end, 10);

    if (*value == '\0' || *end != '\0' || port < 0 || port > 65535)
        return misused(err, "port is not a number up to 65535");
    question->port = (int)port;
    return 0;
}

static int take(struct question *question, const char *key, const char *value,
                struct error *err)
{
    struct {
        const char *key;
        const char **value;
    } keys[] = {{"account", &question->account},
                {"user", &question->user},
                {"host", &question->host},
                {"kind", &question->kind},
                {"store", &question->store},
                {"secret", &question->secret},
                {"issuer", &question->issuer},
                {"client_id", &question->client_id},
                {"client_secret_file", &question->client_secret_file},
                {"token_endpoint", &question->token_endpoint},
                {"authorization_endpoint", &question->authorization_endpoint},
                {"device_endpoint", &question->device_endpoint},
                {"scope", &question->scope}};

    if (strcmp(key, "wait") == 0)
        return take_wait(question, value, err);
    if (strcmp(key, "port") == 0)
        return take_port(question, value, err);
    if (strcmp(key, "browser") == 0) {
        question->browser = strcmp(value, "yes") == 0;
        return 0;
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(key, keys[i].key) == 0) {
            *keys[i].value = value;
            return 0;
        }
    }
    return misused(err, "there is a key that is not known");
}

/* A line without an end may be half of one. */
static int take_lines(struct question *question, struct error *err)
{
    char *line = question->text.data, *end;

    if (memchr(line, '\0', question->text.length))
        return misused(err, "there is a NUL");
    for (; *line; line = end + 1) {
        end = strchr(line, '\n');
        char *value = strchr(line, '=');

        if (!end || !value || value > end)
            return misused(err, "there is a line that is not KEY=VALUE");
        *end = *value = '\0';
        if (take(question, line, value + 1, err) < 0)
            return -1;
    }
    return 0;
}

static bool is_name(const char *name)
{
    size_t length = name ? strlen(name) : 0;

    return length > 0 && length <= QUESTION_NAME_MAX && name[0] != '.' &&
           !strpbrk(name, "/=") && !text_has_control(name, length) &&
           text_is_utf8(name, length);
}

static bool is_label(const char *label)
{
    return !label || (text_is_utf8(label, strlen(label)) &&
                      !text_has_control(label, strlen(label)));
}

static int check(const struct question *question, struct error *err)
{
    const char *store = question->store;

    if (!is_name(question->account))
        return misused(err, "account has to be the name of one");
    if (question->kind && !is_name(question->kind))
        return misused(err, "kind has to say what the secret is");
    if (!is_label(question->user) || !is_label(question->host))
        return misused(err, "user and host have to be plain text");
    if (!is_label(question->issuer) || !is_label(question->client_id) ||
        !is_label(question->client_secret_file) ||
        !is_label(question->token_endpoint) ||
        !is_label(question->authorization_endpoint) ||
        !is_label(question->device_endpoint) || !is_label(question->scope))
        return misused(err, "what is about OAuth2 has to be plain text");
    if (store && strcmp(store, "keyring") != 0 && strcmp(store, "file") != 0)
        return misused(err, "store has to be keyring or file");
    if (question->secret && (*question->secret == '\0' ||
                             strlen(question->secret) > CREDENTIAL_SECRET_MAX))
        return misused(err, "the secret is empty or longer than 16384 bytes");
    return 0;
}

int question_read(struct question *question, int fd, struct error *err)
{
    *question = (struct question){0};
    buffer_init(&question->text, TEXT_MAX);
    if (read_all(fd, &question->text, err) < 0 || take_lines(question, err) < 0)
        return -1;
    return check(question, err);
}

void question_finish(struct question *question)
{
    buffer_finish(&question->text);
    *question = (struct question){0};
}
