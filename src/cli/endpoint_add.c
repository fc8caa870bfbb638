/*
 * --add-endpoint and --rotate-endpoint.
 */
#include "cli/endpoint_private.h"

#include "base/digest.h"
#include "cli/notation.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

/* ---- settings ---- */

static void add_list(struct change *change, const char *key,
                     enum command_option option)
{
    struct buffer *out = &change->settings;
    const char *text;
    size_t i = 0;

    if (!command_has(change->command, option))
        return;
    buffer_printf(out, "%s = [ ", key);
    for (; (text = command_value_at(change->command, option, i)); i++) {
        if (i > 0)
            buffer_add_text(out, ", ");
        notation_text(out, text);
    }
    buffer_add_text(out, " ];\n");
}

/* The command line shows to everybody on the machine. */
static int refuse_secret_headers(const struct command *command)
{
    static const char *const names[] = {
        "Authorization:", "Cookie:", "Proxy-Authorization:"};
    const char *header;

    for (size_t i = 0;
         (header = command_value_at(command, OPTION_HEADER, i)) != NULL; i++) {
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            if (strncasecmp(header, names[j], strlen(names[j])) == 0)
                return command_misused(
                    "a header %.*s is a secret, which everybody can see on a "
                    "command line: add the endpoint with --no-test, and write "
                    "the header into its file",
                    (int)strlen(names[j]) - 1, names[j]);
        }
    }
    return EX_OK;
}

static int choose_kind(struct change *change, const char **kind)
{
    const struct command *command = change->command;
    bool subscription = change->address.is_subscription;

    *kind = command_value(command, OPTION_KIND);
    if (*kind && subscription != (strcmp(*kind, "webpush") == 0))
        return command_misused(subscription
                                   ? "what was given is a subscription, which "
                                     "is for --kind=webpush"
                                   : "what was given is a URL; --kind=webpush "
                                     "wants a subscription (JSON)");
    if (*kind)
        return EX_OK;
    if (subscription) {
        *kind = "webpush";
    } else if (address_is_ntfy(&change->address)) {
        *kind = "ntfy";
        if (!command_has(command, OPTION_QUIET))
            fputs("An ntfy server: the endpoint is of kind \"ntfy\".\n",
                  stderr);
    }
    return EX_OK;
}

static int write_settings(struct change *change)
{
    const struct command *command = change->command;
    struct buffer *out = &change->settings;
    const char *kind;
    int status = choose_kind(change, &kind);

    if (status != EX_OK)
        return status;
    buffer_printf(out,
                  "# imappushd.conf(5) says what else there is. The %s is in "
                  "%s.%s.\n",
                  change->address.is_subscription ? "subscription" : "push URL",
                  change->name,
                  change->address.is_subscription ? "json" : "url");
    notation_setting(out, "kind", kind ? kind : "put");
    add_list(change, "accounts", OPTION_ACCOUNT);
    notation_setting(out, "method", command_value(command, OPTION_METHOD));
    add_list(change, "headers", OPTION_HEADER);
    notation_setting(out, "body", command_value(command, OPTION_BODY));
    return EX_OK;
}

/* ---- --add-endpoint ---- */

int change_check_new(const struct change *change)
{
    struct stat info;

    if (lstat(change->conf, &info) == 0) {
        fprintf(stderr, "imappushd: there is an endpoint \"%s\" already: %s\n",
                change->name, change->conf);
        return EX_CANTCREAT;
    }
    if (change_find(change->present, change->name)) {
        fprintf(stderr,
                "imappushd: there is an endpoint \"%s\" already, in "
                "%s\n",
                change->name, change->command->config);
        return EX_CANTCREAT;
    }
    return change->present->error_count > 0 ? change_bad_config(change) : EX_OK;
}

static int add(struct change *change)
{
    int status = change_check_new(change);

    if (status == EX_OK)
        status = refuse_secret_headers(change->command);
    if (status == EX_OK)
        status = address_read(change->command, change->name, &change->address);
    if (status == EX_OK)
        status = write_settings(change);
    if (status != EX_OK)
        return status;
    change_stage(change,
                 change->address.is_subscription ? change->json : change->url,
                 &change->address.text);
    change_stage(change, change->conf, &change->settings);
    status = change_check(change);
    if (status == EX_OK)
        status = change_test(change, "Keep it all the same?");
    return status == EX_OK ? change_write(change, "added", true) : status;
}

int endpoint_add(const struct command *command)
{
    struct change change;
    int status = change_begin(&change, command);

    if (status == EX_OK)
        status = add(&change);
    change_finish(&change);
    return status;
}

/* ---- --rotate-endpoint ---- */

static int check_old(const struct change *change)
{
    struct stat info;

    if (change->present->error_count > 0)
        return change_bad_config(change);
    if (!change_find(change->present, change->name))
        return change_unknown(change);
    if (lstat(change->conf, &info) == 0)
        return EX_OK;
    fprintf(stderr,
            "imappushd: endpoint \"%s\" is in %s, which is yours alone: "
            "replace its URL there, then imappushd --reload\n",
            change->name, change->command->config);
    return EX_CONFIG;
}

static int check_kind(const struct change *change)
{
    const struct endpoint *old = change_find(change->present, change->name);
    bool webpush = old->kind == ENDPOINT_WEBPUSH;

    if (change->address.is_subscription == webpush)
        return EX_OK;
    fprintf(stderr,
            "imappushd: endpoint \"%s\" wants a %s, and not a %s; for another "
            "kind, remove it and add it anew\n",
            change->name, webpush ? "subscription (JSON)" : "URL",
            webpush ? "URL" : "subscription");
    return EX_DATAERR;
}

/* Is it what the new file says? Else its URL comes from somewhere else. */
static int check_effect(const struct change *change)
{
    const struct endpoint *old = change_find(change->present, change->name);

    if (strcmp(old->id, change->endpoint->id) != 0)
        return EX_OK;
    const char *text = change->address.text.data;
    size_t length = change->address.text.length - 1;
    char id[ENDPOINT_ID_SIZE];

    digest_hex(text, length, id, ENDPOINT_ID_SIZE - 1);
    bool same = change->address.is_subscription ? strstr(text, old->url) != NULL
                                                : strcmp(id, old->id) == 0;

    if (same)
        fprintf(stderr, "imappushd: that is the URL that \"%s\" has already\n",
                change->name);
    else
        fprintf(stderr,
                "imappushd: the URL of \"%s\" stands in %s, or in a file that "
                "is named there, and not in %s: replace it there, then "
                "imappushd --reload\n",
                change->name, change->conf, change->files[0].path);
    return same ? EX_DATAERR : EX_CONFIG;
}

static int rotate(struct change *change)
{
    int status = check_old(change);

    if (status == EX_OK)
        status = address_read(change->command, change->name, &change->address);
    if (status == EX_OK)
        status = check_kind(change);
    if (status != EX_OK)
        return status;
    change_stage(change,
                 change->address.is_subscription ? change->json : change->url,
                 &change->address.text);
    status = change_check(change);
    if (status == EX_OK)
        status = check_effect(change);
    if (status == EX_OK)
        status = change_test(change, "Replace the old one all the same?");
    return status == EX_OK ? change_write(change, "rotated", false) : status;
}

int endpoint_rotate(const struct command *command)
{
    struct change change;
    int status = change_begin(&change, command);

    if (status == EX_OK)
        status = rotate(&change);
    change_finish(&change);
    return status;
}
