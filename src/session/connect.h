/*
 * From a name to a connected socket.
 */
#ifndef IMAPPUSHD_SESSION_CONNECT_H
#define IMAPPUSHD_SESSION_CONNECT_H

#include "base/error.h"

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

/* Looks the name up; blocks as long as the resolver does (the core's deadline
 * ends that). freeaddrinfo() the result; null with err. */
struct addrinfo *connect_lookup(const char *host, uint16_t port,
                                struct error *err);

/*
 * Races the addresses as RFC 8305 has it: families in turn, in the order that
 * the system prefers, a new attempt every 250 ms or as soon as the last one
 * failed; the first that connects wins. With loopback_only all others are left
 * out. Returns a non-blocking socket with keepalive on (90 s, 3 times 20 s)
 * and TCP_USER_TIMEOUT at 30 s, or -1 with err.
 */
int connect_race(const struct addrinfo *addresses, bool loopback_only,
                 int64_t patience_ms, struct error *err);

#endif
