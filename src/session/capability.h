/*
 * What a server says it can do (RFC 3501 §7.2.1).
 */
#ifndef IMAPPUSHD_SESSION_CAPABILITY_H
#define IMAPPUSHD_SESSION_CAPABILITY_H

/* The CAPABILITY_* bits (session.h) of a list of words; unknown words and
 * whatever is not a list give none. */
unsigned capability_parse(const char *words);

#endif
