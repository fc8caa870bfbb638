/*
 * Special uses of mailboxes (RFC 6154, and \Important of RFC 8457).
 */
#ifndef IMAPPUSHD_BASE_USE_H
#define IMAPPUSHD_BASE_USE_H

/* The bit of a use by its name without the backslash ("Junk"), in any case of
 * letters; 0 for one that is none. */
unsigned use_of(const char *name);

#endif
