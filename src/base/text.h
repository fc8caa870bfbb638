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

/*
 * Text that a person is to read on a screen, as it is or beside other text: no
 * control characters, no ends of lines or paragraphs, and none of the
 * characters that turn the direction of what follows (U+202A to U+202E, U+2066
 * to U+206F), with which "gpj.exe" is made to look like another name. The marks
 * that only stand between words (U+200E, U+200F, U+061C) may stay: who writes
 * Arabic or Hebrew needs them, and they turn nothing around.
 */
bool text_is_showable(const char *text, size_t length);

/* Makes it so, in place: what turns directions is left out, an end of a line
 * becomes a blank, and the rest is as with text_sanitise(). */
void text_make_showable(char *text);

/* Cuts text, in place, to at most max bytes, of which an ellipsis is the end;
 * max is 3 or more. */
void text_shorten(char *text, size_t max);

/* Does text hold a control character (U+0000 to U+001F, U+007F)? */
bool text_has_control(const char *text, size_t length);

#endif
