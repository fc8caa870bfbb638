#include "cli/store.h"

#include "base/alloc.h"
#include "base/buffer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of what is not in its place yet. */
#define NEW ".imappushd-new"

/* ---- names ---- */

char *store_path(const char *config, const char *folder, const char *name,
                 const char *suffix)
{
    const char *slash = strrchr(config, '/');
    int length = slash ? (int)(slash + 1 - config) : 0;

    return xasprintf("%.*s%s/%s%s", length, config, folder, name, suffix);
}

static char *folder_of(const char *path)
{
    return strndup(path, (size_t)(strrchr(path, '/') - path));
}

/* Hidden, so that the configuration does not look at it. */
static char *new_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return xasprintf("%.*s/.%s" NEW, (int)(slash - path), path, slash + 1);
}

static int fail(const char *path, struct error *err)
{
    return error_set(err, ERROR_PERSON, "write", "%s: %s", path,
                     strerror(errno));
}

/* ---- the folder ---- */

static int make_folders(char *path)
{
    for (char *at = path + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        int result = mkdir(path, 0700);

        *at = '/';
        if (result < 0 && errno != EEXIST)
            return -1;
    }
    return mkdir(path, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

/* What was left when somebody pulled the plug. */
static void sweep(int folder)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    struct dirent *entry;

    while (entries && (entry = readdir(entries)) != NULL) {
        size_t length = strlen(entry->d_name), suffix = strlen(NEW);

        if (entry->d_name[0] == '.' && length > suffix &&
            strcmp(entry->d_name + length - suffix, NEW) == 0)
            unlinkat(folder, entry->d_name, 0);
    }
    if (entries)
        closedir(entries);
    else if (copy >= 0)
        close(copy);
}

/* Opened, and nobody else's while it is open. */
static int enter(char *path, struct error *err)
{
    int folder = -1;

    if (make_folders(path) == 0)
        folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return fail(path, err);
    while (flock(folder, LOCK_EX) < 0 && errno == EINTR)
        ;
    sweep(folder);
    return folder;
}

/* ---- one file ---- */

static int write_all(int fd, const struct buffer *text)
{
    size_t done = 0;

    while (done < text->length) {
        ssize_t written = write(fd, text->data + done, text->length - done);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        done += (size_t)written;
    }
    return fsync(fd);
}

static int prepare(const struct staged *file, struct error *err)
{
    if (!file->text)
        return 0;
    char *path = new_name(file->path);
    int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int result = fd < 0 ? -1 : write_all(fd, file->text);

    if (result < 0)
        fail(file->path, err);
    if (fd >= 0)
        close(fd);
    free(path);
    return result;
}

static int put_in_place(const struct staged *file, struct error *err)
{
    char *path = new_name(file->path);
    int result = file->text ? rename(path, file->path) : unlink(file->path);

    if (result < 0 && !file->text && errno == ENOENT)
        result = 0;
    if (result < 0)
        fail(file->path, err);
    free(path);
    return result;
}

/* ---- all of them ---- */

static bool is_there(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

/* Those that were put where there was none are taken away again. */
static int put_all(const struct staged *files, size_t count, int folder,
                   struct error *err)
{
    bool *made = xcalloc(count, sizeof *made);
    size_t done = 0;

    for (; done < count; done++) {
        made[done] = files[done].text && !is_there(files[done].path);
        if (put_in_place(&files[done], err) < 0)
            break;
    }
    if (done < count) {
        for (size_t i = 0; i < done; i++) {
            if (made[i])
                unlink(files[i].path);
        }
    }
    fsync(folder);
    free(made);
    return done < count ? -1 : 0;
}

static int write_in(const struct staged *files, size_t count, bool fresh,
                    int folder, struct error *err)
{
    const char *last = files[count - 1].path;
    int result = 0;

    if (fresh && is_there(last))
        return error_set(err, ERROR_PERSON, "exists", "%s is there already",
                         last);
    for (size_t i = 0; i < count && result == 0; i++)
        result = prepare(&files[i], err);
    if (result == 0)
        result = put_all(files, count, folder, err);
    if (result < 0)
        sweep(folder);
    return result;
}

int store_write(const struct staged *files, size_t count, bool fresh,
                struct error *err)
{
    char *path = folder_of(files[0].path);
    sigset_t all, before;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    int folder = enter(path, err);
    int result = folder < 0 ? -1 : write_in(files, count, fresh, folder, err);

    if (folder >= 0)
        close(folder);
    if (result < 0)
        rmdir(path); /* if there is nothing in it */
    sigprocmask(SIG_SETMASK, &before, NULL);
    free(path);
    return result;
}
