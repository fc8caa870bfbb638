/*
 * What a person wants next: somewhere to push to, and a daemon that runs from
 * now on. A script is told how.
 */
#include "cli/setup_private.h"

#include "base/spawn.h"
#include "cli/action.h"
#include "cli/advice.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define MANAGER_MS 60000
#define WORDS_MAX 4096

static bool may_offer(const struct setup *setup)
{
    return setup->asks && !setup->json && !setup->quiet;
}

/* Asked where somebody is there, else only said. */
static bool wants(const struct setup *setup, const char *question,
                  const char *words)
{
    if (may_offer(setup))
        return terminal_yes(question, true);
    if (!setup->json && !setup->quiet)
        fprintf(stderr, "Next: %s\n", words);
    return false;
}

/* ---- where to push to ---- */

/* As if it had been typed. */
static int act(const struct setup *setup, const char *name, const char *operand)
{
    struct command command = {.config = setup->command->config,
                              .operand = operand,
                              .session = setup->command->session};

    for (command.action = actions; command.action->name; command.action++) {
        if (strcmp(command.action->name, name) == 0)
            return command.action->run(&command);
    }
    return EX_SOFTWARE;
}

static int offer_endpoint(const struct setup *setup)
{
    const struct config *present = setup->present;

    if (present->endpoint_count == 0 && may_offer(setup))
        fputs("A phone with the page for phones joins later, when the daemon "
              "runs: imappushd --pair\n",
              stderr);
    if (present->endpoint_count == 0)
        return wants(setup,
                     "There is no phone to push to yet. Add its push URL now?",
                     "imappushd --add-endpoint phone")
                   ? act(setup, "add-endpoint", NULL)
                   : EX_OK;
    if (present->endpoint_count == 1 && may_offer(setup) &&
        terminal_yes("Send a test push?", true))
        return act(setup, "test-push", present->endpoints[0].name);
    return EX_OK;
}

/* ---- the service ---- */

/* The service manager's words are shown where it fails. */
static int run(const char *const *argv)
{
    struct buffer out, words;
    struct error err;

    buffer_init(&out, WORDS_MAX);
    buffer_init(&words, WORDS_MAX);
    int status = spawn_command(argv, MANAGER_MS, &out, &words, &err);

    if (status < 0)
        fprintf(stderr, "imappushd: %s %s\n", argv[0], err.text);
    else if (status > 0)
        fprintf(stderr, "imappushd: %s failed: %s\n", argv[0],
                words.length > 0 ? words.data : "it does not say why");
    buffer_finish(&out);
    buffer_finish(&words);
    return status == 0 ? EX_OK : 1;
}

static int offer_service(const struct setup *setup,
                         const struct advice_places *places)
{
    static const char *const enable[] = {"systemctl", "--user",    "enable",
                                         "--now",     "imappushd", NULL};

    if (!advice_can_enable(places)) {
        if (!setup->json && !setup->quiet)
            fputs("Next: start imappushd, which stays in the foreground.\n",
                  stderr);
        return EX_OK;
    }
    return wants(setup, "Start imappushd now, and at every boot?",
                 "systemctl --user enable --now imappushd")
               ? run(enable)
               : EX_OK;
}

static int offer_lingering(const struct setup *setup,
                           const struct advice_places *places)
{
    static const char *const linger[] = {"loginctl", "enable-linger", NULL};

    if (!advice_can_enable(places) || advice_lingers(places))
        return EX_OK;
    if (may_offer(setup))
        fputs("Services of yours end when you log out, and wait for you after "
              "a boot,\nunless your account \"lingers\".\n",
              stderr);
    return wants(setup, "Let it run while you are not logged in?",
                 "loginctl enable-linger, so that it runs while you are not "
                 "logged in")
               ? run(linger)
               : EX_OK;
}

int setup_offer_next(struct setup *setup, bool running)
{
    const struct advice_places *places = advice_here();
    int status = offer_endpoint(setup);

    if (running && !setup->json && !setup->quiet)
        fputs("The daemon that runs watches it from now on.\n", stderr);
    if (!running && offer_service(setup, places) != EX_OK)
        status = 1;
    if (!running && offer_lingering(setup, places) != EX_OK)
        status = 1;
    return status == EX_OK ? EX_OK : 1;
}
