#include "courier/reach.h"

#include "base/address.h"

#include <curl/curl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char *check_host(char *host)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses;
    size_t length = strlen(host);
    bool good = true;

    if (host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        host++;
    }
    if (getaddrinfo(host, NULL, &hints, &addresses) != 0)
        return "names a push service that cannot be found; is this box online?";
    for (struct addrinfo *at = addresses; at; at = at->ai_next)
        good = good && address_is_public(at->ai_addr, at->ai_addrlen);
    freeaddrinfo(addresses);
    return good ? NULL
                : "names a push service at a private address; see "
                  "register_private in imappushd.conf(5)";
}

const char *reach_check(const char *url)
{
    const char *wrong = "names a push service by what is no https URL";
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL;

    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        strcmp(scheme, "https") == 0 &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        wrong = check_host(host);
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    return wrong;
}
