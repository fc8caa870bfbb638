/*
 * Globs: "*" stands for any run of characters, also of none, "?" for one; all
 * else for itself, upper and lower case alike. There is no way to write a "*"
 * that is only a "*", nor is one needed.
 */
#ifndef IMAPPUSHD_SESSION_GLOB_H
#define IMAPPUSHD_SESSION_GLOB_H

#include <stdbool.h>

/* Does the glob match the whole of the text? Both are UTF-8; what is not counts
 * a character for each byte. */
bool glob_matches(const char *glob, const char *text);

#endif
