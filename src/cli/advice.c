#include "cli/advice.h"

#include "base/alloc.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSTALLED "systemd/user/imappushd.service"
#define ENABLED "systemd/user/default.target.wants/imappushd.service"

const struct advice_places *advice_here(void)
{
    static struct advice_places here = {.root = ""};
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    const struct passwd *user = getpwuid(geteuid());

    if (config && config[0] == '/')
        here.config = config;
    else
        here.config = xasprintf("%s/.config", home ? home : "");
    here.user = user ? xstrdup(user->pw_name) : "";
    return &here;
}

static bool exists(const char *root, const char *folder, const char *name)
{
    char *path = xasprintf("%s%s/%s", root, folder, name);
    /* a link that leads nowhere in a root of its own is there as well */
    bool there = faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

    free(path);
    return there;
}

/* Where the user's own service manager looks. */
static bool has_unit(const struct advice_places *places, const char *name)
{
    static const char *const folders[] = {"/etc", "/usr/local/lib", "/usr/lib",
                                          "/usr/local/share", "/usr/share"};

    if (exists("", places->config, name))
        return true;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (exists(places->root, folders[i], name))
            return true;
    }
    return false;
}

bool advice_can_enable(const struct advice_places *places)
{
    return exists(places->root, "/run/systemd", "system") &&
           has_unit(places, INSTALLED);
}

bool advice_is_enabled(const struct advice_places *places)
{
    return has_unit(places, ENABLED);
}

bool advice_lingers(const struct advice_places *places)
{
    return exists(places->root, "/var/lib/systemd/linger", places->user);
}

/* Does the daemon belong to the machine's own service manager, which asks for
 * none of this? cgroups(7). */
static bool is_system_service(const struct advice_places *places,
                              const struct answer *daemon)
{
    char *path = xasprintf("%s/proc/%lld/cgroup", places->root,
                           (long long)answer_number(daemon, "pid"));
    FILE *file = fopen(path, "re");
    char line[4096];
    bool found = false;

    free(path);
    while (file && fgets(line, sizeof line, file))
        found = found || strstr(line, ":/system.slice/");
    if (file)
        fclose(file);
    return found;
}

static void advise(struct json *json, const char *code, const char *text,
                   const char *action)
{
    json_open_object(json, NULL);
    json_text(json, "code", code);
    json_text(json, "text", text);
    json_text(json, "action", action);
    json_close_object(json);
}

static void advise_on_keyring(const struct answer *status, struct json *json)
{
    const struct answer *account =
        answer_first(answer_member(status, "accounts"));

    for (; account; account = answer_after(account)) {
        if (strcmp(answer_text(account, "secret"), "store") != 0)
            continue;
        advise(json, "keyring",
               "a password that is in the keyring can be had only while that "
               "is unlocked, which after a boot it is not",
               "log in to the desktop after each boot, or keep the password "
               "where no keyring is needed: see imappushd.conf(5)");
        return;
    }
}

void advice_write(const struct advice_places *places,
                  const struct answer *status, struct json *json)
{
    const struct answer *daemon = answer_member(status, "daemon");

    json_open_array(json, "advice");
    if (exists(places->root, "/run/systemd", "system") &&
        !(daemon && is_system_service(places, daemon))) {
        if (!advice_lingers(places))
            advise(json, "no-linger",
                   "services of yours end when you log out, and do not start "
                   "at boot",
                   "loginctl enable-linger");
        if (!advice_is_enabled(places))
            advise(json, "not-enabled", "the service does not start by itself",
                   "systemctl --user enable imappushd");
    }
    advise_on_keyring(status, json);
    json_close_array(json);
}
