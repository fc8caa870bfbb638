/*
 * Checks and small changes of text that came from a file or from a stranger.
 */
#ifndef IMAPPUSHD_BASE_TEXT_H
#define IMAPPUSHD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Is it UTF-8 as RFC 3629 has it: shortest forms, no surrogates, no code point
 * past U+10FFFF? A NUL byte is allowed here; callers who mind look for it. */
bool text_is_utf8(const char *text, size_t length);

/* Length of the UTF-8 character that text (length bytes) begins with; 0 where
 * there is none. */
size_t text_character(const char *text, size_t length);

/* Length of the longest prefix of text that is at most max bytes long and does
 * not end inside a character. */
size_t text_cut(const char *text, size_t length, size_t max);

/* Replaces, in place, what must not reach a log or a terminal by question
 * marks: control characters and bytes that are not UTF-8. */
void text_sanitise(char *text);

/* Does text hold a control character (U+0000 to U+001F, U+007F)? */
bool text_has_control(const char *text, size_t length);

#endif
