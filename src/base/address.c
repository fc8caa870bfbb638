#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The address in host order of an IPv4 sockaddr; false for another. */
static bool read_v4(const struct sockaddr *address, socklen_t length,
                    uint32_t *v4)
{
    struct sockaddr_in in;

    if (address->sa_family != AF_INET || length < sizeof in)
        return false;
    memcpy(&in, address, sizeof in);
    *v4 = ntohl(in.sin_addr.s_addr);
    return true;
}

static bool read_v6(const struct sockaddr *address, socklen_t length,
                    struct in6_addr *v6)
{
    struct sockaddr_in6 in6;

    if (address->sa_family != AF_INET6 || length < sizeof in6)
        return false;
    memcpy(&in6, address, sizeof in6);
    *v6 = in6.sin6_addr;
    return true;
}

/* Four bytes of an IPv6 address as an IPv4 address in host order. */
static uint32_t inside(const struct in6_addr *v6, size_t at)
{
    uint32_t v4;

    memcpy(&v4, &v6->s6_addr[at], sizeof v4);
    return ntohl(v4);
}

static bool is_127(uint32_t v4)
{
    return v4 >> 24 == 127;
}

bool address_is_loopback(const struct sockaddr *address, socklen_t length)
{
    struct in6_addr v6;
    uint32_t v4;

    if (read_v4(address, length, &v4))
        return is_127(v4);
    if (!read_v6(address, length, &v6))
        return false;
    if (IN6_IS_ADDR_V4MAPPED(&v6))
        return is_127(inside(&v6, 12));
    return IN6_IS_ADDR_LOOPBACK(&v6);
}

/* ---- public ones ---- */

static bool is_public_v4(uint32_t v4)
{
    static const struct {
        uint32_t network;
        int bits;
    } special[] = {
        {0x00000000, 8},  /* 0.0.0.0/8: this network */
        {0x0a000000, 8},  /* 10.0.0.0/8: private */
        {0x64400000, 10}, /* 100.64.0.0/10: a provider's own */
        {0x7f000000, 8},  /* 127.0.0.0/8: this machine */
        {0xa9fe0000, 16}, /* 169.254.0.0/16: the link */
        {0xac100000, 12}, /* 172.16.0.0/12: private */
        {0xc0000000, 24}, /* 192.0.0.0/24: protocols */
        {0xc0000200, 24}, /* 192.0.2.0/24: documentation */
        {0xc0586300, 24}, /* 192.88.99.0/24: 6to4 relays */
        {0xc0a80000, 16}, /* 192.168.0.0/16: private */
        {0xc6120000, 15}, /* 198.18.0.0/15: benchmarks */
        {0xc6336400, 24}, /* 198.51.100.0/24: documentation */
        {0xcb007100, 24}, /* 203.0.113.0/24: documentation */
        {0xe0000000, 4},  /* 224.0.0.0/4: groups */
        {0xf0000000, 4},  /* 240.0.0.0/4: reserved, and broadcast */
    };

    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if ((v4 ^ special[i].network) >> (32 - special[i].bits) == 0)
            return false;
    }
    return true;
}

static bool begins_with(const struct in6_addr *v6, const char *prefix, int bits)
{
    struct in6_addr network;
    int whole = bits / 8, rest = bits % 8;

    return inet_pton(AF_INET6, prefix, &network) == 1 &&
           memcmp(&network, v6, (size_t)whole) == 0 &&
           (rest == 0 ||
            (network.s6_addr[whole] ^ v6->s6_addr[whole]) >> (8 - rest) == 0);
}

/* Only what is given out as global unicast (2000::/3) can be public, and there
 * not all. */
static bool is_public_v6(const struct in6_addr *v6)
{
    if (IN6_IS_ADDR_V4MAPPED(v6) || begins_with(v6, "64:ff9b::", 96))
        return is_public_v4(inside(v6, 12));
    if (begins_with(v6, "2002::", 16)) /* 6to4 */
        return is_public_v4(inside(v6, 2));
    return begins_with(v6, "2000::", 3) &&
           !begins_with(v6, "2001::", 23) && /* protocols, Teredo among them */
           !begins_with(v6, "2001:db8::", 32) && /* documentation */
           !begins_with(v6, "3fff::", 20);       /* likewise */
}

bool address_is_public(const struct sockaddr *address, socklen_t length)
{
    struct in6_addr v6;
    uint32_t v4;

    if (read_v4(address, length, &v4))
        return is_public_v4(v4);
    return read_v6(address, length, &v6) && is_public_v6(&v6);
}
