/*
 * The address whose settings are looked for.
 */
#ifndef IMAPPUSHD_DISCOVER_MAILADDRESS_H
#define IMAPPUSHD_DISCOVER_MAILADDRESS_H

#include "base/error.h"

struct mail_address {
    char *text;   /* as it was given */
    char *local;  /* before the @ */
    char *domain; /* after it, as it was given */
    char *ascii;  /* ... as name servers know it: lower case, A-labels */
};

/* Takes a dot-string of RFC 5321 §4.1.2, with the characters of RFC 6531 in
 * both parts, and a domain of two labels at least: 0, or -1 with err, whose
 * text goes on after the address. Finish it in either case. */
int mail_address_parse(struct mail_address *address, const char *text,
                       struct error *err);
void mail_address_finish(struct mail_address *address);

/* The name of a host as name servers know it (RFC 5891); free() it. Null for
 * what is no name: characters that are in none, an address, a single label. */
char *mail_address_host(const char *name);

#endif
