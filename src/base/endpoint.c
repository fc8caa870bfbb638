#include "base/endpoint.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

const char *endpoint_kind_name(enum endpoint_kind kind)
{
    static const char *const names[] = {[ENDPOINT_PUT] = "put",
                                        [ENDPOINT_NTFY] = "ntfy",
                                        [ENDPOINT_WEBPUSH] = "webpush"};

    return names[kind];
}

const char *endpoint_host(const struct endpoint *endpoint,
                          char host[ENDPOINT_HOST_SIZE])
{
    size_t length = strcspn(endpoint->label, " "); /* "HOST (HASH)" */

    snprintf(host, ENDPOINT_HOST_SIZE, "%.*s", (int)length, endpoint->label);
    return host;
}

unsigned endpoint_event(const char *name)
{
    return strcmp(name, "mail") == 0        ? EVENT_MAIL
           : strcmp(name, "attention") == 0 ? EVENT_ATTENTION
                                            : 0;
}

bool endpoint_is_about(const struct endpoint *endpoint, const char *account)
{
    for (size_t i = 0; i < endpoint->account_count; i++) {
        if (fnmatch(endpoint->accounts[i], account, 0) == 0)
            return true;
    }
    return false;
}

bool endpoint_wants(const struct endpoint *endpoint, enum event event,
                    const char *account)
{
    return (endpoint->events & event) &&
           (!account || endpoint_is_about(endpoint, account));
}

bool endpoint_has_mailbox(const struct endpoint *endpoint, const char *mailbox)
{
    for (size_t i = 0; i < endpoint->mailbox_count; i++) {
        if (strcmp(endpoint->mailboxes[i], mailbox) == 0)
            return true;
    }
    return endpoint->mailbox_count == 0;
}
