/*
 * The actions on an endpoint: --add-endpoint, --rotate-endpoint,
 * --remove-endpoint, --test-push.
 *
 * What is to be written is in memory until it is written: it is read, together
 * with all that is there, as --check-config would read it, and a test push goes
 * out, before a file is touched. So who gives up in between leaves nothing
 * behind.
 */
#ifndef IMAPPUSHD_CLI_ENDPOINT_H
#define IMAPPUSHD_CLI_ENDPOINT_H

#include "cli/command.h"

/* What each takes, besides the common ones (cli/action.c). */
#define ENDPOINT_COMMON_OPTIONS                                                \
    (OPTION_BIT(OPTION_YES) | OPTION_BIT(OPTION_NO_INPUT) |                    \
     OPTION_BIT(OPTION_DRY_RUN) | OPTION_BIT(OPTION_JSON))
#define ENDPOINT_ROTATE_OPTIONS                                                \
    (ENDPOINT_COMMON_OPTIONS | OPTION_BIT(OPTION_TIMEOUT) |                    \
     OPTION_BIT(OPTION_NO_TEST) | OPTION_BIT(OPTION_URL_STDIN) |               \
     OPTION_BIT(OPTION_SUBSCRIPTION_STDIN))
#define ENDPOINT_ADD_OPTIONS                                                   \
    (ENDPOINT_ROTATE_OPTIONS | OPTION_BIT(OPTION_KIND) |                       \
     OPTION_BIT(OPTION_ACCOUNT) | OPTION_BIT(OPTION_METHOD) |                  \
     OPTION_BIT(OPTION_HEADER) | OPTION_BIT(OPTION_BODY))
#define ENDPOINT_TEST_OPTIONS                                                  \
    (OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_TIMEOUT) |                    \
     OPTION_BIT(OPTION_NO_INPUT) | OPTION_BIT(OPTION_DRY_RUN))

/* Each returns the exit status. */
int endpoint_add(const struct command *command);
int endpoint_rotate(const struct command *command);
int endpoint_remove(const struct command *command);
int endpoint_test(const struct command *command);

#endif
