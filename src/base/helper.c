#include "base/helper.h"

#include "base/alloc.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Cuts the last part of a path off. */
static void go_up(char *path)
{
    char *slash = strrchr(path, '/');

    if (slash)
        *slash = '\0';
}

/* Where the running program was put: PREFIX/bin/imappushd, or
 * PREFIX/libexec/imappushd/NAME. */
static void find_prefix(char *path, size_t size)
{
    static const char libexec[] = "/libexec";
    ssize_t length = readlink("/proc/self/exe", path, size - 1);

    path[length > 0 ? length : 0] = '\0';
    go_up(path);
    go_up(path);
    size_t end = strlen(path), tail = strlen(libexec);

    if (end >= tail && strcmp(path + end - tail, libexec) == 0)
        go_up(path);
}

char *helper_path(const char *name)
{
    char prefix[PATH_MAX];

    find_prefix(prefix, sizeof prefix);
    return xasprintf("%s/libexec/imappushd/%s", prefix, name);
}

char *helper_data_path(const char *name)
{
    char prefix[PATH_MAX];

    find_prefix(prefix, sizeof prefix);
    return xasprintf("%s/share/imappushd/%s", prefix, name);
}
