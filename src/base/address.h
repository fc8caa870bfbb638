/*
 * What kind of network address is it?
 */
#ifndef IMAPPUSHD_BASE_ADDRESS_H
#define IMAPPUSHD_BASE_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* One of this machine's own, which no wire leads to: 127.0.0.0/8, ::1, and the
 * former written as IPv6 (::ffff:127.0.0.1). Not 0.0.0.0, although the kernel
 * treats it so: nobody writes that by intent. */
bool address_is_loopback(const struct sockaddr *address, socklen_t length);

/* One that belongs to somebody on the internet, by the registries of special
 * addresses (RFC 6890 and later): not of this machine, of a private or a
 * provider's network, of a link, of a group, for documentation, for tests, or
 * reserved. An IPv6 address that stands for an IPv4 one (mapped, NAT64, 6to4)
 * is what that is; those of Teredo are nobody's. */
bool address_is_public(const struct sockaddr *address, socklen_t length);

#endif
