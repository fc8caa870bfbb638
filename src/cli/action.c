#include "cli/action.h"

#include "cli/account.h"
#include "cli/check.h"
#include "cli/control.h"
#include "cli/discover.h"
#include "cli/endpoint.h"
#include "cli/lists.h"
#include "cli/login.h"
#include "cli/password.h"
#include "cli/pair.h"
#include "cli/phone_page.h"
#include "cli/probe.h"
#include "cli/setup.h"
#include "cli/status.h"

const struct action actions[] = {
    {"add-account", "[ADDRESS]",
     "find the settings of a mail address, ask for the\n"
     "password, log in, and write the account's file",
     SETUP_OPTIONS, setup_account},
    {"set-password", "[NAME]",
     "put the account's password into the keyring, or into\n"
     "a file that only you can read",
     PASSWORD_OPTIONS, account_set_password},
    {"login", "[NAME]",
     "sign in with the account's provider (OAuth2), on\n"
     "another device or in a browser",
     LOGIN_OPTIONS, login_account},
    {"remove-account", "NAME", "remove the account's file and its password",
     OPTION_BIT(OPTION_YES) | OPTION_BIT(OPTION_NO_INPUT), account_remove},
    {"status", "[NAME]",
     "say how the daemon, the accounts and the endpoints are,\n"
     "and what to do about that",
     OPTION_BIT(OPTION_JSON), status_show},
    {"follow", NULL, "print each event as a line of JSON, as it happens", 0,
     status_follow},
    {"test-account", "[NAME]",
     "log in, and say step by step what works and what to do\n"
     "about what does not",
     OPTION_BIT(OPTION_JSON), probe_test_account},
    {"list-mailboxes", "[NAME]",
     "say which mailboxes the server has, and which of them\n"
     "are watched",
     OPTION_BIT(OPTION_JSON), probe_list_mailboxes},
    {"list-accounts", NULL, "name the accounts (-q: only that)",
     OPTION_BIT(OPTION_JSON), lists_accounts},
    {"list-endpoints", NULL, "name the endpoints; URLs do not show",
     OPTION_BIT(OPTION_JSON), lists_endpoints},
    {"add-endpoint", "[NAME]",
     "ask for the push URL or the subscription that a phone\n"
     "got, try it, and write its files",
     ENDPOINT_ADD_OPTIONS, endpoint_add},
    {"rotate-endpoint", "[NAME]",
     "the same for a new URL of an endpoint that is there",
     ENDPOINT_ROTATE_OPTIONS, endpoint_rotate},
    {"remove-endpoint", "[NAME]", "remove its files", ENDPOINT_COMMON_OPTIONS,
     endpoint_remove},
    {"test-push", "[NAME]", "push to an endpoint now, and say how that went",
     ENDPOINT_TEST_OPTIONS, endpoint_test},
    {"check-config", NULL, "say all that is wrong with the configuration",
     OPTION_BIT(OPTION_JSON), check_config},
    {"check-now", NULL,
     "let the daemon look at every connection and try\n"
     "what waits for its next try",
     0, control_check_now},
    {"discover", "ADDRESS",
     "look for the settings of a mail address, and say\n"
     "which would be used and who told them",
     OPTION_BIT(OPTION_JSON), discover_settings},
    {"pair", "[NAME]",
     "show a code that lets a phone join, and wait for its\n"
     "mail",
     PAIR_OPTIONS, pair_phone},
    {"reload", NULL, "let it read the configuration again", 0, control_reload},
    {"show-phone-page", NULL,
     "the address of the page that lets a phone take part,\n"
     "with the key of this box; or --write a copy of it",
     OPTION_BIT(OPTION_WRITE), phone_page_show},
    {0},
};
