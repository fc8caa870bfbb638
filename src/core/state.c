#include "core/state.h"

#include "base/alloc.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static int check_folder(const char *path)
{
    struct stat info;

    if (lstat(path, &info) < 0) {
        log_error("%s: %s", path, strerror(errno));
        return EX_CANTCREAT;
    }
    if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid()) {
        log_error("%s is not a folder of ours", path);
        return EX_CANTCREAT;
    }
    if ((info.st_mode & 077) && chmod(path, 0700) < 0) {
        log_error("%s can be read by others, and that cannot be changed: %s",
                  path, strerror(errno));
        return EX_CANTCREAT;
    }
    return EX_OK;
}

/* A record lock: it tells whose it is, and children do not inherit it. The
 * descriptor stays open for the life of the process. */
static int lock(const char *path)
{
    struct flock wanted = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *file = xasprintf("%s/lock", path);
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    free(file);
    if (fd < 0) {
        log_warning("%s: no lock can be taken: %s; take care that no second "
                    "instance runs",
                    path, strerror(errno));
        return EX_OK;
    }
    if (fcntl(fd, F_SETLK, &wanted) == 0)
        return EX_OK;
    fcntl(fd, F_GETLK, &wanted);
    log_error("another imappushd works with %s: process %ld", path,
              (long)wanted.l_pid);
    close(fd);
    return EX_TEMPFAIL;
}

char *state_prepare(int *status)
{
    char *path = state_path();

    *status = EX_OK;
    if (state_make(path) < 0 && errno != EROFS && errno != ENOSPC) {
        log_error("%s cannot be made: %s", path, strerror(errno));
        *status = EX_CANTCREAT;
    } else if (access(path, F_OK) == 0) {
        *status = check_folder(path);
    }
    if (*status != EX_OK) {
        free(path);
        return NULL;
    }
    return path;
}

char *state_enter(int *status)
{
    char *path = state_prepare(status);

    if (path && access(path, F_OK) == 0)
        *status = lock(path);
    if (path && *status != EX_OK) {
        free(path);
        return NULL;
    }
    return path;
}
