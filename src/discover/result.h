/*
 * What was found, for the program that asked: lines KEY=VALUE, in UTF-8 and
 * without control characters, at most RESULT_MAX bytes. A key may come again.
 *
 *     host port tls user   what stands in an account's file
 *     auth                 password, oauth2: each that works, the easier first
 *     outside              yes: an unsigned answer led to a host outside of the
 *                          domain, which a person has to look at
 *     found                provider mx autoconfig srv ispdb guess: the way
 *     source               who told it, in words
 *     provider             its name
 *     help note quirk      of providers.conf
 *     oauth2_...           likewise, by the names of the keys there
 *     error                in place of all that: why there is nothing
 */
#ifndef IMAPPUSHD_DISCOVER_RESULT_H
#define IMAPPUSHD_DISCOVER_RESULT_H

#include "base/error.h"
#include "discover/discovery.h"

#define RESULT_MAX 16384

void result_print(const struct discovery *discovery);
void result_print_error(const struct error *err);

#endif
