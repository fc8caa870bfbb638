#include "base/endpoint.h"

#include <fnmatch.h>

bool endpoint_wants(const struct endpoint *endpoint, const char *account)
{
    for (size_t i = 0; i < endpoint->account_count; i++) {
        if (fnmatch(endpoint->accounts[i], account, 0) == 0)
            return true;
    }
    return false;
}
