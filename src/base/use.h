/*
 * Special uses of mailboxes (RFC 6154, and \Important of RFC 8457).
 */
#ifndef IMAPPUSHD_BASE_USE_H
#define IMAPPUSHD_BASE_USE_H

/* All bits that there are. */
#define USE_ALL 0xffU

/* The bit of a use by its name without the backslash ("Junk"), in any case of
 * letters; 0 for one that is none. */
unsigned use_of(const char *name);

/* The name of the first use in a set, of which it is taken; null for none. */
const char *use_take(unsigned *uses);

#endif
