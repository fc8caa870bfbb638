/*
 * Is this a URL that may be pushed to? (RFC 3986)
 */
#ifndef IMAPPUSHD_CONFIG_URL_H
#define IMAPPUSHD_CONFIG_URL_H

#include "config/host.h"

#include <stdbool.h>

struct url {
    bool https;
    char host[HOST_MAX + 1]; /* lower case, an IPv6 address without brackets */
};

/* Null and the URL's parts when it is good; else what is wrong with it, in
 * words that give nothing of it away. */
const char *url_check(const char *text, struct url *url);

/* "push.example (3f9a2c)", for people: the host, and the first digits of what
 * the ledger knows it by; free() it. */
char *url_label(const struct url *url, const char *id);

/* The same of a proxy: http, https, socks4, socks4a, socks5 or socks5h (which
 * lets the proxy look up names), a user and a password perhaps, a host and a
 * port. */
const char *url_check_proxy(const char *text);

#endif
