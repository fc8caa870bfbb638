/*
 * Names of hosts, as text: nothing here looks one up.
 */
#ifndef IMAPPUSHD_CONFIG_HOST_H
#define IMAPPUSHD_CONFIG_HOST_H

#include <stdbool.h>

#define HOST_MAX 253 /* characters of a name (RFC 1035 §2.3.4) */

/* Is it the name of a host in ASCII, or an IPv4 or IPv6 address, the latter
 * without brackets? */
bool host_is_valid(const char *host);

/* Does it mean this machine whatever a name server says: localhost, one of
 * 127.0.0.0/8, or ::1? */
bool host_is_loopback(const char *host);

#endif
