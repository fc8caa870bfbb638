#include "courier/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool is_127(uint32_t network_order)
{
    return ntohl(network_order) >> 24 == 127;
}

bool address_is_loopback(const struct sockaddr *address, socklen_t length)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    uint32_t mapped;

    if (address->sa_family == AF_INET && length >= sizeof v4) {
        memcpy(&v4, address, sizeof v4);
        return is_127(v4.sin_addr.s_addr);
    }
    if (address->sa_family != AF_INET6 || length < sizeof v6)
        return false;
    memcpy(&v6, address, sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        memcpy(&mapped, &v6.sin6_addr.s6_addr[12], sizeof mapped);
        return is_127(mapped);
    }
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}
