/*
 * The way from an address to its settings: which places are looked at, and in
 * which order.
 *
 * 1. providers.conf, by the domain: without a network.
 * 2. At the same time, and the first of these that has settings counts:
 *    providers.conf, by who takes the domain's mail; a file of settings that
 *    the domain publishes; its SRV records (RFC 6186, RFC 8314).
 * 3. Mozilla's public database, which gets to know the domain.
 * 4. The usual names, where an IMAP server with the right certificate answers.
 *
 * Nobody who comes later is asked once somebody has an answer.
 */
#ifndef IMAPPUSHD_DISCOVER_DISCOVERY_H
#define IMAPPUSHD_DISCOVER_DISCOVERY_H

#include "config/providers.h"
#include "discover/finding.h"
#include "discover/mailaddress.h"
#include "discover/step.h"

#include <stdbool.h>

struct discovery {
    bool ispdb; /* may Mozilla be asked? */
    /* What was found. */
    enum source source;
    struct finding finding;
    const struct provider *provider; /* what else is known of it; or null */
    char *told;                      /* who told it, in words */
};

/* 0, or -1 with err: code "nothing", "no-domain", "bad-data" or "unreachable".
 * Takes 15 seconds at most. Finish it in either case. */
int discovery_run(struct discovery *discovery,
                  const struct mail_address *address,
                  const struct providers *providers, struct error *err);
void discovery_finish(struct discovery *discovery);

#endif
