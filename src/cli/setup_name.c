/*
 * What the account is called.
 */
#include "cli/setup_private.h"

#include "base/alloc.h"
#include "cli/store.h"
#include "config/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sysexits.h>

static bool is_taken(const struct setup *setup, const char *name)
{
    char *path =
        store_path(setup->command->config, "accounts.d", name, ".conf");
    struct stat info;
    bool there = lstat(path, &info) == 0;

    free(path);
    return there || config_account(setup->present, name) != NULL;
}

/* The domain's first label: alice@gmx.de is "gmx"; then "gmx-2". */
static char *make_name(const struct setup *setup)
{
    const char *address = setup->address ? setup->address : setup->server.user;
    const char *at = strrchr(address, '@');
    const char *domain = at ? at + 1 : setup->server.host;
    char *label = xasprintf("%.*s", (int)strcspn(domain, "."), domain);

    if (!*label || strlen(label) > 63 || name_trouble(label))
        setup_set(&label, "mail");
    for (char *c = label; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
    char *name = xstrdup(label);

    for (int i = 2; is_taken(setup, name); i++) {
        free(name);
        name = xasprintf("%s-%d", label, i);
    }
    free(label);
    return name;
}

static int check_name(const struct setup *setup, const char *name)
{
    const char *trouble = name_trouble(name);

    if (trouble)
        return command_misused("the name of an account %s", trouble);
    if (!is_taken(setup, name))
        return EX_OK;
    fprintf(stderr,
            "imappushd: there is an account \"%s\" already; give another "
            "--name\n",
            name);
    return EX_CANTCREAT;
}

int setup_name(struct setup *setup)
{
    const char *given = command_value(setup->command, OPTION_NAME);
    const struct config *present = setup->present;

    for (size_t i = 0; i < present->account_count; i++) {
        const struct account *account = &present->accounts[i];

        if (strcasecmp(account->host, setup->server.host) != 0 ||
            strcmp(account->user, setup->server.user) != 0)
            continue;
        setup_show("imappushd: there is an account for ", account->user, "");
        fprintf(stderr,
                " at %s already: \"%s\"; see imappushd --set-password "
                "and --remove-account\n",
                account->host, account->name);
        return EX_CANTCREAT;
    }
    int status = given ? check_name(setup, given) : EX_OK;

    if (status != EX_OK || setup->name)
        return status;
    setup->name = given ? xstrdup(given) : make_name(setup);
    setup->conf =
        store_path(setup->command->config, "accounts.d", setup->name, ".conf");
    return EX_OK;
}
