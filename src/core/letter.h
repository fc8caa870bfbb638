/*
 * A recipient's request, ready for the courier.
 */
#ifndef IMAPPUSHD_CORE_LETTER_H
#define IMAPPUSHD_CORE_LETTER_H

#include "base/record.h"
#include "core/recipient.h"

/* Packs the request that carries a version into a secret record, the templates
 * of headers and body filled in (%v version, %a account, %m mailbox, %% a
 * percent sign). In a body the names are percent-encoded, escaped if the
 * endpoint sets a Content-Type with "json" in it, or as they are if it sets
 * another one; in an address that a tap leads to they are percent-encoded, and
 * in what is shown they stand as they are. With sender and subject where the
 * endpoint shows them. The record is bad if that becomes too long. */
void letter_write(const struct recipient *recipient, int64_t version,
                  struct record *record);

/* Packs a sign of life (core/alive.h) likewise: for kinds that have one that is
 * no version. It bears the newest version there is. */
void letter_write_sign(const struct recipient *recipient,
                       struct record *record);

#endif
