/*
 * What a phone is shown to open the page for phones: a link with the key of
 * this box in it, and a QR code of that.
 */
#ifndef IMAPPUSHD_CLI_PHONE_LINK_H
#define IMAPPUSHD_CLI_PHONE_LINK_H

#include "base/buffer.h"

#define PHONE_LINK_KEY_MAX 200

/* Adds the key that subscriptions are made for to a buffer; it is made where it
 * is missing. Returns the exit status: 0; or 73 and others, said. */
int phone_link_key(struct buffer *key);

/* Draws the link on standard output, as well as can be. */
void phone_link_draw(const char *link);

#endif
