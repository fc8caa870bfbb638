#include "base/helper.h"

#include "base/alloc.h"

#include <limits.h>
#include <unistd.h>

char *helper_path(const char *name)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

    for (int i = 0; i < 2 && length > 0; i++) {
        while (length > 0 && self[--length] != '/')
            ;
    }
    self[length > 0 ? length : 0] = '\0';
    return xasprintf("%s/libexec/imappushd/%s", self, name);
}
