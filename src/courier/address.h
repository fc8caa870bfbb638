/*
 * Is a network address one of this machine's own, which no wire leads to?
 */
#ifndef IMAPPUSHD_COURIER_ADDRESS_H
#define IMAPPUSHD_COURIER_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* 127.0.0.0/8, ::1, and the former written as IPv6 (::ffff:127.0.0.1). Not
 * 0.0.0.0, although the kernel treats it so: nobody writes that by intent. */
bool address_is_loopback(const struct sockaddr *address, socklen_t length);

#endif
