/*
 * Which mailboxes are watched, and at Gmail which of their mail.
 */
#include "cli/setup_private.h"

#include "base/alloc.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

/* As many names are shown. */
#define SHOWN 12

bool setup_is_gmail(const struct setup *setup)
{
    return password_is_of_google(setup->server.host);
}

/* ---- which mail ---- */

static int choose_tabs(struct setup *setup)
{
    if (!setup_is_gmail(setup)) {
        if (setup->primary_only)
            return command_misused("--primary-only is for Gmail");
        return EX_OK;
    }
    if (setup->asks && !setup->primary_only &&
        !command_has(setup->command, OPTION_DRY_RUN))
        setup->primary_only = terminal_yes(
            "Push for the tab \"Primary\" only, not for Promotions, Social, "
            "Updates, Forums?",
            true);
    return EX_OK;
}

/* ---- which mailboxes ---- */

static void show_listed(const struct setup *setup)
{
    fputs("Mailboxes:", stderr);
    for (size_t i = 0; i < setup->listed_count && i < SHOWN; i++)
        setup_show(i > 0 ? ", " : " ", setup->listed[i], "");
    if (setup->listed_count > SHOWN)
        fprintf(stderr, ", and %zu more", setup->listed_count - SHOWN);
    fputs("\nNames, patterns such as Lists/*, or \"all\", with commas between "
          "them.\n",
          stderr);
}

static bool is_listed(const struct setup *setup, const char *name)
{
    if (strpbrk(name, "*%") || name[0] == '\\' || strcmp(name, "all") == 0 ||
        strcasecmp(name, "INBOX") == 0)
        return true;
    for (size_t i = 0; i < setup->listed_count; i++) {
        if (strcmp(setup->listed[i], name) == 0)
            return true;
    }
    return false;
}

/* Takes the answer apart; false where a name is none. */
static bool take_answer(struct setup *setup, const char *answer)
{
    setup_drop(&setup->mailboxes, &setup->mailbox_count);
    while (*answer) {
        answer += strspn(answer, " ,");
        size_t length = strcspn(answer, ",");
        const char *next = answer + length;

        while (length > 0 && answer[length - 1] == ' ')
            length--;
        if (length == 0)
            continue;
        char *name = xasprintf("%.*s", (int)length, answer);
        bool known = is_listed(setup, name);

        if (known)
            setup_add(&setup->mailboxes, &setup->mailbox_count, name);
        else
            fprintf(stderr, "There is no mailbox \"%s\".\n", name);
        free(name);
        if (!known)
            return false;
        answer = next;
    }
    return setup->mailbox_count > 0;
}

static int ask(struct setup *setup)
{
    show_listed(setup);
    for (;;) {
        char *answer = setup_ask("Mailboxes to watch", "INBOX");

        if (!answer)
            return setup_give_up();
        bool taken = take_answer(setup, answer);

        free(answer);
        if (taken && setup_plan(setup) == EX_OK)
            return EX_OK;
    }
}

int setup_choose_mailboxes(struct setup *setup)
{
    int status = choose_tabs(setup);

    if (status != EX_OK || !setup->asks || setup->listed_count < 2 ||
        command_has(setup->command, OPTION_MAILBOX))
        return status;
    return ask(setup);
}
