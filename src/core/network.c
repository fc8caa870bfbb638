#include "core/network.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUPS                                                                 \
    (RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |             \
     RTMGRP_IPV6_ROUTE)

/* FNV-1a. */
static uint64_t mix(uint64_t sum, const void *bytes, size_t count)
{
    const unsigned char *at = bytes;

    while (count-- > 0)
        sum = (sum ^ *at++) * UINT64_C(0x100000001b3);
    return sum;
}

/* The same for the same set of addresses, in whatever order. */
static uint64_t sum_addresses(void)
{
    struct ifaddrs *list;
    uint64_t total = 0;

    if (getifaddrs(&list) < 0)
        return 0;
    for (const struct ifaddrs *at = list; at; at = at->ifa_next) {
        union {
            const struct sockaddr *any;
            const struct sockaddr_in *v4;
            const struct sockaddr_in6 *v6;
        } as = {at->ifa_addr};

        if (!as.any)
            continue;
        if (as.any->sa_family == AF_INET &&
            ntohl(as.v4->sin_addr.s_addr) >> 16 != 0xa9fe)
            total += mix(1, &as.v4->sin_addr, sizeof as.v4->sin_addr);
        if (as.any->sa_family == AF_INET6 &&
            !IN6_IS_ADDR_LINKLOCAL(&as.v6->sin6_addr))
            total += mix(2, &as.v6->sin6_addr, sizeof as.v6->sin6_addr);
    }
    freeifaddrs(list);
    return total;
}

void network_open(struct network *network)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                        .nl_groups = GROUPS};
    union {
        const struct sockaddr_nl *in;
        const struct sockaddr *out;
    } to = {&address};

    network->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
                         NETLINK_ROUTE);
    if (network->fd >= 0 && bind(network->fd, to.out, sizeof address) < 0)
        network_close(network);
    network->addresses = sum_addresses();
}

void network_close(struct network *network)
{
    if (network->fd >= 0)
        close(network->fd);
    network->fd = -1;
}

/* The gateway and interface of a default route as one number; 0 for others. */
static uint64_t default_route(struct nlmsghdr *message)
{
    struct rtmsg *route = NLMSG_DATA(message);
    uint64_t sum = 3;

    if (message->nlmsg_len < NLMSG_LENGTH(sizeof *route) ||
        route->rtm_dst_len != 0 || route->rtm_table != RT_TABLE_MAIN)
        return 0;
    int left = (int)RTM_PAYLOAD(message);

    for (struct rtattr *at = RTM_RTA(route); RTA_OK(at, left);
         at = RTA_NEXT(at, left)) {
        if (at->rta_type == RTA_GATEWAY || at->rta_type == RTA_OIF)
            sum = mix(sum, RTA_DATA(at), RTA_PAYLOAD(at));
    }
    return sum ? sum : 1;
}

static bool route_changed(struct network *network, struct nlmsghdr *message)
{
    uint64_t route = default_route(message);
    uint64_t *known = NULL;

    if (route == 0)
        return false;
    for (size_t i = 0; i < NETWORK_ROUTES; i++) {
        if (network->routes[i] == route)
            known = &network->routes[i];
    }
    if (message->nlmsg_type == RTM_DELROUTE) {
        if (known)
            *known = 0;
        return true;
    }
    if (known)
        return false;
    network->routes[network->next_route] = route;
    network->next_route = (network->next_route + 1) % NETWORK_ROUTES;
    return true;
}

bool network_changed(struct network *network)
{
    union {
        struct nlmsghdr first;
        char bytes[16384];
    } buffer;
    bool changed = false;
    uint64_t before = network->addresses;
    ssize_t got;

    while ((got = recv(network->fd, buffer.bytes, sizeof buffer.bytes, 0)) >
           0) {
        unsigned left = (unsigned)got;

        for (struct nlmsghdr *at = &buffer.first; NLMSG_OK(at, left);
             at = NLMSG_NEXT(at, left)) {
            if (at->nlmsg_type == RTM_NEWROUTE ||
                at->nlmsg_type == RTM_DELROUTE)
                changed = route_changed(network, at) || changed;
        }
    }
    network->addresses = sum_addresses();
    /* ENOBUFS: too much to be told of, so something must have changed */
    return changed || before != network->addresses ||
           (got < 0 && errno == ENOBUFS);
}
