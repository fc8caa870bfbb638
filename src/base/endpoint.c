#include "base/endpoint.h"

#include <fnmatch.h>
#include <string.h>

unsigned endpoint_event(const char *name)
{
    return strcmp(name, "mail") == 0        ? EVENT_MAIL
           : strcmp(name, "attention") == 0 ? EVENT_ATTENTION
                                            : 0;
}

bool endpoint_wants(const struct endpoint *endpoint, enum event event,
                    const char *account)
{
    if (!(endpoint->events & event))
        return false;
    for (size_t i = 0; i < endpoint->account_count && account; i++) {
        if (fnmatch(endpoint->accounts[i], account, 0) == 0)
            return true;
    }
    return !account;
}
