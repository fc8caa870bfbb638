/*
 * All files are copied as they are, but for key.js, which is written with the
 * key. Its first line also tells a copy of ours from what belongs to somebody
 * else: so it comes first, and index.html, which makes a page of all that,
 * last.
 */
#include "cli/page_copy.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE "key.js"
#define SIGN "// imappushd: the key of the box."
#define FILE_MAX ((size_t)256 * 1024)

static const char *const files[] = {"manifest.webmanifest",
                                    "icon-180.png",
                                    "icon-192.png",
                                    "icon-512.png",
                                    "icon.svg",
                                    "pair.js",
                                    "phone.css",
                                    "phone.js",
                                    "store.js",
                                    "worker.js",
                                    "index.html"};

#define FILES (sizeof files / sizeof *files)

static int fail(struct error *err, const char *path, const char *what)
{
    return error_set(err, ERROR_PERSON, "page", "%s %s: %s", path, what,
                     strerror(errno));
}

/* ---- reading ---- */

static int read_file(const char *path, struct buffer *data, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 0;
    char part[4096];

    while (fd >= 0 && (got = read(fd, part, sizeof part)) > 0) {
        if (buffer_add(data, part, (size_t)got) < 0) {
            errno = EFBIG;
            got = -1;
            break;
        }
    }
    int result = got < 0 ? fail(err, path, "cannot be read") : 0;

    if (fd >= 0)
        close(fd);
    return result;
}

/* ---- whose are the files that are there? ---- */

static bool is_there(const char *folder, const char *name)
{
    char *path = xasprintf("%s/%s", folder, name);
    struct stat info;
    bool there = lstat(path, &info) == 0;

    free(path);
    return there;
}

static bool is_ours(const char *folder)
{
    char *path = xasprintf("%s/" KEY_FILE, folder);
    struct buffer data;

    buffer_init(&data, FILE_MAX);
    bool ours = read_file(path, &data, NULL) == 0 && data.data &&
                strncmp(data.data, SIGN, strlen(SIGN)) == 0;

    buffer_finish(&data);
    free(path);
    return ours;
}

static int refuse_strangers(const char *folder, struct error *err)
{
    const char *found = is_there(folder, KEY_FILE) ? KEY_FILE : NULL;

    for (size_t i = 0; i < FILES && !found; i++) {
        if (is_there(folder, files[i]))
            found = files[i];
    }
    if (!found || is_ours(folder))
        return 0;
    return error_set(err, ERROR_PERSON, "page",
                     "%s/%s belongs to something else than this page; choose "
                     "an empty folder",
                     folder, found);
}

/* ---- writing ---- */

static int write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t wrote = write(fd, data, length);

        if (wrote < 0 && errno != EINTR)
            return -1;
        if (wrote > 0) {
            data += wrote;
            length -= (size_t)wrote;
        }
    }
    return 0;
}

/* In one step: a web server sees the old file or the new one. It is for
 * everybody to read. */
static int write_file(const char *folder, const char *name,
                      const struct buffer *data, struct error *err)
{
    char *path = xasprintf("%s/%s", folder, name);
    char *new = xasprintf("%s/.%s.XXXXXX", folder, name);
    int fd = mkostemp(new, O_CLOEXEC), result = 0;

    if (fd < 0 || write_all(fd, data->data, data->length) < 0 ||
        fchmod(fd, 0644) < 0 || fsync(fd) < 0 || rename(new, path) < 0) {
        result = fail(err, path, "cannot be written");
        if (fd >= 0)
            unlink(new);
    }
    if (fd >= 0)
        close(fd);
    free(new);
    free(path);
    return result;
}

static int copy_file(const char *folder, const char *name, struct error *err)
{
    char *relative = xasprintf("phone/%s", name);
    char *path = helper_data_path(relative);
    struct buffer data;

    buffer_init(&data, FILE_MAX);
    int result = read_file(path, &data, err) == 0
                     ? write_file(folder, name, &data, err)
                     : -1;

    buffer_finish(&data);
    free(path);
    free(relative);
    return result;
}

static int write_key(const char *folder, const char *key, struct error *err)
{
    struct buffer data;

    buffer_init(&data, FILE_MAX);
    buffer_printf(&data, SIGN "\n\"use strict\";\n\nconst BOX_KEY = \"%s\";\n",
                  key);
    int result = write_file(folder, KEY_FILE, &data, err);

    buffer_finish(&data);
    return result;
}

int page_copy_write(const char *folder, const char *key, struct error *err)
{
    if (mkdir(folder, 0755) == 0)
        chmod(folder, 0755); /* whatever the umask is */
    else if (errno != EEXIST)
        return fail(err, folder, "cannot be made");
    if (refuse_strangers(folder, err) < 0 || write_key(folder, key, err) < 0)
        return -1;
    for (size_t i = 0; i < FILES; i++) {
        if (copy_file(folder, files[i], err) < 0)
            return -1;
    }
    return 0;
}
