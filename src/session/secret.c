#include "session/secret.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_MS 30000
#define DIAGNOSTICS_MAX 4096
/* One wait for a keyring; the next session goes on with it. */
#define KEYRING_MS 60000

/* Keeps the first line only, without its LF or CRLF. */
static void keep_first_line(struct buffer *secret)
{
    char *end =
        secret->length ? memchr(secret->data, '\n', secret->length) : NULL;

    if (end) {
        size_t length = (size_t)(end - secret->data);

        explicit_bzero(end, secret->length - length);
        secret->length = length;
        if (length > 0 && secret->data[length - 1] == '\r')
            secret->length--;
        secret->data[secret->length] = '\0';
    }
}

static int judge(const struct buffer *secret, const char *source,
                 struct error *err)
{
    if (secret->length == 0)
        return error_set(err, ERROR_LATER, "secret", "%s gave no password",
                         source);
    if (memchr(secret->data, '\0', secret->length) ||
        memchr(secret->data, '\r', secret->length))
        return error_set(err, ERROR_PERSON, "secret",
                         "the password that %s gave holds a byte that no "
                         "password can hold (NUL or CR)",
                         source);
    return 0;
}

/* What the command complained of, unless it may be the secret itself. */
static void log_diagnostics(struct buffer *diagnostics,
                            const struct buffer *secret)
{
    char *line, *rest = diagnostics->data;

    while (rest && (line = strsep(&rest, "\r\n"))) {
        bool leaks = secret->length > 0 && strstr(line, secret->data);

        if (*line && !leaks)
            log_notice("password_command says: %s", line);
    }
}

static int run_command(const struct account *account, struct buffer *secret,
                       struct error *err)
{
    struct buffer diagnostics;
    int64_t patience_ms = clock_patience_ms("COMMAND", COMMAND_MS);

    buffer_init(&diagnostics, DIAGNOSTICS_MAX);
    int status = spawn_command(account->password_command, patience_ms, secret,
                               &diagnostics, err);

    if (status < 0)
        error_prefix(err, "password_command ");
    keep_first_line(secret);
    if (status != 0)
        log_diagnostics(&diagnostics, secret);
    bool complained = diagnostics.length > 0;

    buffer_finish(&diagnostics);
    if (status > 0)
        return error_set(err, ERROR_LATER, "secret",
                         "password_command failed with status %d", status);
    if (status == 0 && secret->length == 0 && complained)
        return error_set(err, ERROR_LATER, "secret",
                         "password_command gave no password, but wrote to "
                         "standard error (it may be the password, so it is not "
                         "shown; run the command by hand)");
    return status < 0 ? -1 : judge(secret, "password_command", err);
}

/* A bare name is a credential of the service manager (systemd.exec(5)). */
static int file_path(const char *name, char *path, size_t size,
                     struct error *err)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    int length;

    if (name[0] == '/')
        length = snprintf(path, size, "%s", name);
    else if (folder)
        length = snprintf(path, size, "%s/%s", folder, name);
    else
        return error_set(err, ERROR_PERSON, "secret",
                         "password_file %s is a credential's name, but the "
                         "service manager passed no credentials",
                         name);
    if ((size_t)length >= size)
        return error_set(err, ERROR_PERSON, "secret",
                         "password_file: the path is too long");
    return 0;
}

static int check_file(int fd, const char *path, struct error *err)
{
    struct stat info;

    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        return error_set(err, ERROR_PERSON, "secret",
                         "password_file %s is not a plain file", path);
    if (info.st_uid != geteuid() && info.st_uid != 0)
        return error_set(err, ERROR_PERSON, "secret",
                         "password_file %s belongs to somebody else", path);
    if (info.st_mode & 077)
        return error_set(err, ERROR_PERSON, "secret",
                         "password_file %s can be read by others; run: "
                         "chmod 600 %s",
                         path, path);
    return 0;
}

static int read_file(const struct account *account, struct buffer *secret,
                     struct error *err)
{
    char path[PATH_MAX];

    if (file_path(account->password_file, path, sizeof path, err) < 0)
        return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return error_set(err, ERROR_LATER, "secret", "password_file %s: %s",
                         path, strerror(errno));
    if (check_file(fd, path, err) < 0) {
        close(fd);
        return -1;
    }
    char *room = buffer_room(secret, SECRET_MAX);
    ssize_t got = read(fd, room, SECRET_MAX);
    char more;
    bool cut = got == SECRET_MAX && read(fd, &more, 1) == 1 &&
               !memchr(room, '\n', SECRET_MAX);

    close(fd);
    if (cut)
        return error_set(err, ERROR_PERSON, "secret",
                         "password_file %s holds more than a password", path);
    if (got < 0)
        return error_set(err, ERROR_LATER, "secret", "password_file %s: %s",
                         path, strerror(errno));
    secret->length = (size_t)got;
    secret->data[got] = '\0';
    keep_first_line(secret);
    return judge(secret, "password_file", err);
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
    return judge(secret, "the keyring or the file store", err);
}

int secret_get(const struct plan *plan, struct buffer *secret,
               struct error *err)
{
    if (plan->account->password_command)
        return run_command(plan->account, secret, err);
    if (plan->account->password_file)
        return read_file(plan->account, secret, err);
    return ask_stores(plan, secret, err);
}
