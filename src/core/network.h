/*
 * The kernel tells when addresses and routes of this machine change
 * (rtnetlink(7)): a connection may have died without a sign, and a server that
 * could not be reached may be reachable now. No stranger is asked.
 */
#ifndef IMAPPUSHD_CORE_NETWORK_H
#define IMAPPUSHD_CORE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#define NETWORK_ROUTES 8

struct network {
    int fd;             /* readable when something changes; -1: not to be had */
    uint64_t addresses; /* a sum over the addresses that this machine has */
    uint64_t
        routes[NETWORK_ROUTES]; /* of default routes that were told; 0: none */
    unsigned next_route;
};

void network_open(struct network *network);
void network_close(struct network *network);

/* Reads all that is there. Did an address, or a default route, come or go?
 * Addresses and routes that are only renewed, as routers do all the time, and
 * link-local addresses, which every container brings, are no change. */
bool network_changed(struct network *network);

#endif
