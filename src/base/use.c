#include "base/use.h"

#include <stddef.h>
#include <strings.h>

unsigned use_of(const char *name)
{
    static const char *const names[] = {"All",     "Archive",   "Drafts",
                                        "Flagged", "Important", "Junk",
                                        "Sent",    "Trash"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(name, names[i]) == 0)
            return 1U << i;
    }
    return 0;
}
