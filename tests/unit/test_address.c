/*
 * Which addresses an endpoint of a stranger may lead to: the registries of
 * special ones (IANA, RFC 6890), first and last address of each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>

#include "base/address.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    union {
        const struct sockaddr_in *v4;
        const struct sockaddr_in6 *v6;
        const struct sockaddr *any;
    } address = {.v4 = &v4};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return address_is_public(address.any, sizeof v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    address.v6 = &v6;
    return address_is_public(address.any, sizeof v6);
}

static void addresses_of_the_internet(void **state)
{
    static const char *const addresses[] = {
        "1.0.0.0",          "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",   "100.128.0.0",     "126.255.255.255",
        "128.0.0.0",        "169.253.255.255", "169.255.0.0",
        "172.15.255.255",   "172.32.0.0",      "191.255.255.255",
        "192.0.1.0",        "192.0.3.0",       "192.167.255.255",
        "192.169.0.0",      "198.17.255.255",  "198.20.0.0",
        "198.51.99.255",    "198.51.101.0",    "203.0.112.255",
        "203.0.114.0",      "223.255.255.255", "2001:200::",
        "2001:4860::8888",  "2400:cb00::1",    "2606:4700::1111",
        "2a00:1450::1",     "3ffe::1",         "::ffff:8.8.8.8",
        "64:ff9b::808:808", "2002:808:808::1",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        if (!is_public(addresses[i]))
            fail_msg("%s", addresses[i]);
    }
}

static void addresses_of_nobody_or_of_a_neighbour(void **state)
{
    static const char *const addresses[] = {
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.255",
        "192.0.2.255",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.0",
        "203.0.113.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "1fff::1",
        "2001::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "3fff::1",
        "4000::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        if (is_public(addresses[i]))
            fail_msg("%s", addresses[i]);
    }
}

/* What is no address of the internet, or is cut. */
static void no_address_at_all(void **state)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(0x08080808)};
    struct sockaddr_in other = v4;
    union {
        const struct sockaddr_in *v4;
        const struct sockaddr *any;
    } address = {&v4}, unix_address = {&other};

    (void)state;
    other.sin_family = AF_UNIX;
    assert_true(address_is_public(address.any, sizeof v4));
    assert_false(address_is_public(address.any, sizeof v4 - 1));
    assert_false(address_is_public(unix_address.any, sizeof other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_the_internet),
        cmocka_unit_test(addresses_of_nobody_or_of_a_neighbour),
        cmocka_unit_test(no_address_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
