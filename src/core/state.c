#include "core/state.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
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

/* ---- the lock ---- */

/* Record locks: they tell whose they are, and children do not inherit them. The
 * daemon's begins at the first byte, that of an action at the second, so that
 * they keep each other out and can be told apart. */
enum { DAEMON = 0, ACTION = 1 };

/* An action is over soon; longer than this is not waited for it. */
#define ACTION_MS 10000
#define LOOK_MS 50

/* Is there a signal that tells us to leave? They are blocked, not caught. */
static bool is_told_to_stop(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) == 1 ||
                                         sigismember(&pending, SIGINT) == 1);
}

static int open_lock(const char *path)
{
    char *file = xasprintf("%s/lock", path);
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    free(file);
    return fd;
}

/* 0, or -1 with who has it. */
static int take_lock(int fd, off_t begin, struct flock *other)
{
    struct flock wanted = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = begin};

    if (fcntl(fd, F_SETLK, &wanted) == 0)
        return 0;
    *other = wanted;
    fcntl(fd, F_GETLK, other);
    return -1;
}

/* The descriptor stays open for the life of the process. */
static int lock(const char *path)
{
    int64_t until_ms = clock_boottime_ms() + ACTION_MS;
    const struct timespec moment = {.tv_nsec = LOOK_MS * 1000000};
    int fd = open_lock(path);
    struct flock other;
    bool said = false;

    if (fd < 0) {
        log_warning("%s: no lock can be taken: %s; take care that no second "
                    "instance runs",
                    path, strerror(errno));
        return EX_OK;
    }
    while (take_lock(fd, DAEMON, &other) < 0) {
        if (other.l_type == F_UNLCK)
            continue; /* it has just left */
        if (other.l_start != ACTION || clock_boottime_ms() >= until_ms ||
            is_told_to_stop()) {
            log_error("another imappushd works with %s: process %ld", path,
                      (long)other.l_pid);
            close(fd);
            return EX_TEMPFAIL;
        }
        if (!said)
            log_notice("waiting for process %ld, an action that is at work",
                       (long)other.l_pid);
        said = true;
        nanosleep(&moment, NULL);
    }
    return EX_OK;
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
    if (*status == EX_OK)
        return path;
    free(path);
    return NULL;
}

char *state_enter(int *status)
{
    char *path = state_prepare(status);

    if (path && access(path, F_OK) == 0)
        *status = lock(path);
    if (*status == EX_OK)
        return path;
    free(path);
    return NULL;
}

char *state_borrow(int *lock, int *status)
{
    char *path = state_prepare(status);
    struct flock other;

    *lock = path ? open_lock(path) : -1;
    if (path && *lock < 0) {
        log_error("%s: no lock can be taken: %s", path, strerror(errno));
        *status = EX_CANTCREAT;
    } else if (path && take_lock(*lock, ACTION, &other) < 0) {
        log_error("another imappushd works with %s: process %ld", path,
                  (long)other.l_pid);
        *status = EX_TEMPFAIL;
        state_give_back(lock);
    }
    if (*status == EX_OK)
        return path;
    free(path);
    return NULL;
}

void state_give_back(int *lock)
{
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
}
