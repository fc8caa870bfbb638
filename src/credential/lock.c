#include "credential/lock.h"

#include "base/alloc.h"
#include "base/state_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#define FOLDER "grants.lock.d"

void lock_take(const char *account)
{
    char *state = state_path();
    char *folder = xasprintf("%s/%s", state, FOLDER);
    char *file = xasprintf("%s/%s", folder, account);

    state_make(state);
    mkdir(folder, 0700);
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    free(file);
    free(folder);
    free(state);
    while (fd >= 0 && flock(fd, LOCK_EX) < 0 && errno == EINTR)
        ;
}
