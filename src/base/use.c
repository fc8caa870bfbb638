#include "base/use.h"

#include <stddef.h>
#include <strings.h>

static const char *const names[] = {"All",       "Archive", "Drafts", "Flagged",
                                    "Important", "Junk",    "Sent",   "Trash"};

#define USES (sizeof names / sizeof *names)

_Static_assert(USE_ALL == (1U << USES) - 1, "a bit for each");

const char *use_take(unsigned *uses)
{
    for (size_t i = 0; i < USES; i++) {
        if (*uses & 1U << i) {
            *uses &= ~(1U << i);
            return names[i];
        }
    }
    return NULL;
}

unsigned use_of(const char *name)
{
    for (size_t i = 0; i < USES; i++) {
        if (strcasecmp(name, names[i]) == 0)
            return 1U << i;
    }
    return 0;
}
