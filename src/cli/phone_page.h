/*
 * --show-phone-page: how a phone comes to the page that subscribes it.
 */
#ifndef IMAPPUSHD_CLI_PHONE_PAGE_H
#define IMAPPUSHD_CLI_PHONE_PAGE_H

#include "cli/command.h"

/* Prints the address of the page (phone_page) with the key of this box, and on
 * a terminal its QR code; with --write, writes a copy of the page with the key
 * in it instead. Returns the exit status: 0; 73 where something cannot be
 * written; 78 where phone_page is not set or the configuration has errors. */
int phone_page_show(const struct command *command);

/* Says what to do where the main file, config, has no phone_page: 78. */
int phone_page_say_missing(const char *config);

#endif
