#include "credential/vault.h"

#include "base/alloc.h"
#include "base/credential.h"
#include "base/state_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "credentials.d"
/* A few secrets of an account. */
#define TEXT_MAX (4 * (CREDENTIAL_SECRET_MAX + 256))

struct vault {
    char *path; /* of the folder */
    int folder;
    const char *name; /* of the account, and so of its file */
};

static void vault_close(struct vault *vault)
{
    if (vault->folder >= 0)
        close(vault->folder);
    free(vault->path);
}

/* ---- what is not trusted ---- */

static int refuse(const struct vault *vault, const char *words,
                  struct error *err)
{
    error_set(err, ERROR_PERSON, "secret", "%s/%s %s", vault->path, vault->name,
              words);
    return CREDENTIAL_UNSAFE;
}

static int check_folder(const struct vault *vault, struct error *err)
{
    struct stat info;

    if (fstat(vault->folder, &info) == 0 && info.st_uid == geteuid() &&
        (info.st_mode & 077) == 0)
        return CREDENTIAL_DONE;
    error_set(err, ERROR_PERSON, "secret",
              "%s belongs to somebody else or is open to others; run: chmod "
              "700 %s",
              vault->path, vault->path);
    return CREDENTIAL_UNSAFE;
}

static int check_file(const struct vault *vault, int fd, struct error *err)
{
    struct stat info;

    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        return refuse(vault, "is not a plain file", err);
    if (info.st_uid != geteuid())
        return refuse(vault, "belongs to somebody else", err);
    if (info.st_mode & 077)
        return refuse(vault,
                      "can be read by others; run chmod 600 on it, and "
                      "get another password: somebody may know this "
                      "one",
                      err);
    if (info.st_size > TEXT_MAX)
        return refuse(vault, "is too large to be one of secrets", err);
    return CREDENTIAL_DONE;
}

/* ---- reading ---- */

/* The folder, made where that is asked for, else MISSING where there is none.
 */
static int vault_open(struct vault *vault, const struct question *question,
                      bool make, struct error *err)
{
    char *state = state_path();
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

    vault->path = xasprintf("%s/%s", state, FOLDER);
    vault->name = question->account;
    if (make && state_make(state) == 0)
        mkdir(vault->path, 0700);
    free(state);
    vault->folder = open(vault->path, flags);
    if (vault->folder < 0 && errno == ENOENT && !make)
        return CREDENTIAL_MISSING;
    if (vault->folder < 0) {
        error_set(err, ERROR_LATER, "secret", "%s cannot be opened: %s",
                  vault->path, strerror(errno));
        return make ? CREDENTIAL_UNWRITABLE : CREDENTIAL_UNSAFE;
    }
    return check_folder(vault, err);
}

static int read_all(int fd, struct buffer *text)
{
    ssize_t got;

    do {
        char *room = buffer_room(text, 4096);

        if (!room) {
            errno = EFBIG;
            return -1;
        }
        got = read(fd, room, 4096);
        if (got > 0)
            text->length += (size_t)got;
        text->data[text->length] = '\0';
    } while (got > 0 || (got < 0 && errno == EINTR));
    return got < 0 ? -1 : 0;
}

/* All lines of the account's file; MISSING where there is none. */
static int vault_read(const struct vault *vault, struct buffer *text,
                      struct error *err)
{
    int fd = openat(vault->folder, vault->name,
                    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0 && errno == ENOENT)
        return CREDENTIAL_MISSING;
    if (fd < 0)
        return refuse(vault,
                      errno == ELOOP ? "is a symbolic link, and is not followed"
                                     : strerror(errno),
                      err);
    int status = check_file(vault, fd, err);

    if (status == CREDENTIAL_DONE && read_all(fd, text) < 0)
        status = refuse(vault, strerror(errno), err);
    close(fd);
    if (status == CREDENTIAL_DONE &&
        (text->length == 0 || text->data[text->length - 1] != '\n' ||
         strlen(text->data) != text->length))
        status = refuse(vault,
                        "is damaged; run: imappushd --set-password with this "
                        "account",
                        err);
    return status;
}

/* The line of a kind, or null; without its end it has so many bytes. */
static const char *find_line(const char *text, const char *kind, size_t *length)
{
    size_t key = strlen(kind);

    for (const char *line = text; *line; line += *length + 1) {
        *length = strcspn(line, "\n");
        if (*length > key && memcmp(line, kind, key) == 0 && line[key] == '=')
            return line;
    }
    return NULL;
}

int vault_get(const struct question *question, struct buffer *secret,
              struct error *err)
{
    struct vault vault;
    struct buffer text;
    size_t length, key = strlen(question->kind) + 1;
    int status = vault_open(&vault, question, false, err);

    buffer_init(&text, TEXT_MAX + 4096);
    if (status == CREDENTIAL_DONE)
        status = vault_read(&vault, &text, err);
    if (status == CREDENTIAL_DONE) {
        const char *line = find_line(text.data, question->kind, &length);

        if (!line || length == key)
            status = CREDENTIAL_MISSING;
        else if (buffer_add(secret, line + key, length - key) < 0)
            status = refuse(&vault, "holds more than a password", err);
    }
    if (status == CREDENTIAL_MISSING)
        error_set(err, ERROR_PERSON, "secret", "%s has nothing of %s",
                  vault.path, vault.name);
    buffer_finish(&text);
    vault_close(&vault);
    return status;
}

/* ---- changing ---- */

/* From a new file, in one step that a power cut cannot halve. */
static int replace(const struct vault *vault, const char *new_name,
                   const struct buffer *text)
{
    int fd = openat(vault->folder, new_name,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return -1;
    bool written =
        write(fd, text->data, text->length) == (ssize_t)text->length &&
        fsync(fd) == 0;

    close(fd);
    if (!written)
        return -1;
    return renameat(vault->folder, new_name, vault->folder, vault->name);
}

/* Writes the lines, or removes the file of none. */
static int vault_write(const struct vault *vault, const struct buffer *text,
                       struct error *err)
{
    char *new_name = xasprintf(".%s.new", vault->name);
    int result;

    unlinkat(vault->folder, new_name, 0); /* of one that was killed */
    if (text->length > 0)
        result = replace(vault, new_name, text);
    else
        result = unlinkat(vault->folder, vault->name, 0) < 0 && errno != ENOENT
                     ? -1
                     : 0;
    if (result == 0)
        result = fsync(vault->folder);
    if (result < 0) {
        error_set(err, ERROR_LATER, "secret", "%s/%s cannot be written: %s",
                  vault->path, vault->name, strerror(errno));
        unlinkat(vault->folder, new_name, 0);
    }
    free(new_name);
    return result < 0 ? CREDENTIAL_UNWRITABLE : CREDENTIAL_DONE;
}

/* Reads the file, leaves out the line of that kind (or all), adds the new one
 * (or none), and writes it. A file that is not to be trusted is not kept. */
static int vault_change(const struct question *question, const char *secret,
                        struct error *err)
{
    struct vault vault;
    struct buffer old, text;
    size_t length = 0;
    int status = vault_open(&vault, question, secret != NULL, err);

    buffer_init(&old, TEXT_MAX + 4096);
    buffer_init(&text, TEXT_MAX + 4096 + CREDENTIAL_SECRET_MAX);
    if (status == CREDENTIAL_DONE) {
        flock(vault.folder, LOCK_EX); /* until it is closed */
        if (question->kind &&
            vault_read(&vault, &old, err) == CREDENTIAL_DONE) {
            const char *line = find_line(old.data, question->kind, &length);

            if (line) {
                buffer_add(&text, old.data, (size_t)(line - old.data));
                buffer_add_text(&text, line + length + 1);
            } else {
                buffer_add_text(&text, old.data);
            }
        }
        if (secret)
            buffer_printf(&text, "%s=%s\n", question->kind, secret);
        status = vault_write(&vault, &text, err);
    }
    buffer_finish(&old);
    buffer_finish(&text);
    vault_close(&vault);
    return status;
}

int vault_store(const struct question *question, struct error *err)
{
    return vault_change(question, question->secret, err);
}

int vault_erase(const struct question *question, struct error *err)
{
    int status = vault_change(question, NULL, err);

    return status == CREDENTIAL_MISSING ? CREDENTIAL_DONE : status;
}
