/*
 * Hosts are judged by their looks alone, in a way that errs on the safe side:
 * what is not certain to be loopback is not.
 */
#include "config/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define HOST_CHARACTERS                                                        \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

bool host_is_valid(const char *host)
{
    struct in6_addr address;
    size_t length = strlen(host);

    if (inet_pton(AF_INET6, host, &address) == 1)
        return true;
    return length > 0 && length <= HOST_MAX &&
           strspn(host, HOST_CHARACTERS) == length && host[0] != '.' &&
           host[0] != '-' && !strstr(host, "..");
}

/* Short forms such as 127.1 are not recognised: who writes one means to hide
 * something, or can write it out. */
bool host_is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;

    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}
