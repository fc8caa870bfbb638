#include "base/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void secret_keep_first_line(struct buffer *secret)
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

/* A bare name is a credential of the service manager (systemd.exec(5)). */
static int file_path(const char *key, const char *name, char *path, size_t size,
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
                         "%s has no slash, so it is the name of a credential, "
                         "but the service manager passed none; for a file give "
                         "its whole path",
                         key);
    if ((size_t)length >= size)
        return error_set(err, ERROR_PERSON, "secret",
                         "%s: the path is too long", key);
    return 0;
}

static int check_file(int fd, const char *key, const char *path,
                      struct error *err)
{
    struct stat info;

    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        return error_set(err, ERROR_PERSON, "secret",
                         "%s %s is not a plain file", key, path);
    if (info.st_uid != geteuid() && info.st_uid != 0)
        return error_set(err, ERROR_PERSON, "secret",
                         "%s %s belongs to somebody else", key, path);
    if (info.st_mode & 077)
        return error_set(err, ERROR_PERSON, "secret",
                         "%s %s can be read by others; run: chmod 600 %s", key,
                         path, path);
    return 0;
}

int secret_file_read(const char *key, const char *name, size_t max,
                     struct buffer *secret, struct error *err)
{
    char path[PATH_MAX], more;

    if (file_path(key, name, path, sizeof path, err) < 0)
        return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return error_set(err, ERROR_LATER, "secret", "%s %s: %s", key, path,
                         strerror(errno));
    if (check_file(fd, key, path, err) < 0) {
        close(fd);
        return -1;
    }
    char *room = buffer_room(secret, max);
    ssize_t got = read(fd, room, max);
    bool cut = got == (ssize_t)max && read(fd, &more, 1) == 1 &&
               !memchr(room, '\n', max);

    close(fd);
    if (cut)
        return error_set(err, ERROR_PERSON, "secret",
                         "%s %s holds more than a secret", key, path);
    if (got < 0)
        return error_set(err, ERROR_LATER, "secret", "%s %s: %s", key, path,
                         strerror(errno));
    secret->length = (size_t)got;
    secret->data[got] = '\0';
    secret_keep_first_line(secret);
    return 0;
}
