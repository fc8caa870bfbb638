/*
 * Reads a file of settings as Mozilla's autoconfig has it
 * (draft-ietf-mailmaint-autoconfig), as its bytes come in.
 *
 * It comes from a stranger: a document type, which could declare entities, is
 * refused, and so is what is long, deep or not well-formed. Of the servers in
 * it, the first counts that speaks IMAP, encrypts, and takes a password as it
 * is or OAuth2.
 */
#ifndef IMAPPUSHD_DISCOVER_AUTOCONFIG_H
#define IMAPPUSHD_DISCOVER_AUTOCONFIG_H

#include "base/error.h"
#include "discover/finding.h"
#include "discover/mailaddress.h"

#include <stddef.h>

#define AUTOCONFIG_MAX (256 * 1024) /* bytes of a file */

struct autoconfig;

/* For that address, which has to stay. Destroy it. */
struct autoconfig *autoconfig_create(const struct mail_address *address);
void autoconfig_destroy(struct autoconfig **autoconfig);

/* Some more bytes: 0, or -1 when it is known by now that nothing is to be had
 * from it; autoconfig_end() says why. */
int autoconfig_take(struct autoconfig *autoconfig, const char *data,
                    size_t length);

/* That was all. 0 with the finding, which is then the caller's; or -1 with
 * err: code "bad-data" where it is a file of settings and cannot be used as it
 * is, else "nothing". */
int autoconfig_end(struct autoconfig *autoconfig, struct finding *finding,
                   struct error *err);

#endif
