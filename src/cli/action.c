#include "cli/action.h"

#include "cli/check.h"
#include "cli/control.h"
#include "cli/discover.h"
#include "cli/phone_page.h"

const struct action actions[] = {
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
    {"reload", NULL, "let it read the configuration again", 0, control_reload},
    {"show-phone-page", NULL,
     "the address of the page that lets a phone take part,\n"
     "with the key of this box; or --write a copy of it",
     OPTION_BIT(OPTION_WRITE), phone_page_show},
    {0},
};
