/*
 * A registered endpoint as the rest of the core wants it.
 */
#ifndef IMAPPUSHD_CORE_REGISTERED_H
#define IMAPPUSHD_CORE_REGISTERED_H

#include "base/account.h"
#include "base/arena.h"
#include "base/endpoint.h"
#include "base/subscription.h"

/* Makes it of what the courier read, in secret memory of its own (arena; its
 * first object): "ACCOUNT/NAME", for mail of that account only. Null with why
 * not, in words that stay. subject: for Web Push (RFC 8292), null: none. */
const struct endpoint *registered_create(const struct account *account,
                                         const char *name,
                                         const struct subscription *value,
                                         const char *subject,
                                         struct arena **arena,
                                         const char **why);

#endif
