/*
 * An invitation: for some minutes a phone may join by a mail to its own account
 * (--pair).
 *
 * It has an ID, which is no secret: it stands in the subject of that mail,
 * behind our name. What lets the phone in is a secret that neither daemon nor
 * mail server ever see (courier/pairing.h).
 */
#ifndef IMAPPUSHD_BASE_INVITATION_H
#define IMAPPUSHD_BASE_INVITATION_H

#include <stdbool.h>
#include <stddef.h>

#define INVITATION_S 600 /* it lasts no longer */

#define INVITATION_ID_LENGTH 12 /* hexadecimal digits, lower case */

/* More of a message's text is not looked at. */
#define INVITATION_TEXT_MAX 16384

bool invitation_is_id(const char *text);

/* The first of a list of IDs, with a blank between two, that the subject of a
 * mail has; null for none. Mail systems put words of their own around it. */
const char *invitation_find(const char *ids, const char *subject);

/* What a mail's text may keep on its way, in place: printable ASCII, tabs and
 * ends of lines; a NUL at the end. */
void invitation_tidy(char *text, size_t length);

#endif
