#include "base/state_path.h"

#include "base/alloc.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

char *state_path(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (state && state[0] == '/')
        return xasprintf("%s/imappushd", state);
    if (!home || home[0] != '/') {
        const struct passwd *user = getpwuid(geteuid());

        home = user ? user->pw_dir : "/";
    }
    return xasprintf("%s/.local/state/imappushd", home);
}

int state_make(const char *path)
{
    char *copy = xstrdup(path);
    int result = 0;

    for (char *at = copy + 1; *at && result == 0; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(copy, 0700) < 0 && errno != EEXIST && errno != EROFS)
            result = -1;
        *at = '/';
    }
    if (result == 0 && mkdir(copy, 0700) < 0 && errno != EEXIST)
        result = -1;
    int saved = errno;

    free(copy);
    errno = saved;
    return result;
}
