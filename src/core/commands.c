/*
 * What can be asked of the daemon by its control socket, and the answers: one
 * line of JSON. Whoever adds a command adds a line to the table.
 */
#include "core/core_private.h"

#include "base/json.h"
#include "base/log.h"
#include "core/status.h"

#include <string.h>

/* ---- answers ---- */

void core_send(struct control_client *client, struct json *json)
{
    buffer_add_text(json->out, "\n");
    control_answer(client, json->out->data, json->out->length);
    buffer_finish(json->out);
}

void core_answer(struct control_client *client, const char *code,
                 const char *text, const char *action)
{
    struct buffer out;
    struct json json;

    buffer_init(&out, CONTROL_ANSWER_MAX);
    json_start(&json, &out);
    json_open_object(&json, NULL);
    json_text(&json, "code", code);
    if (text) {
        json_text(&json, "text", text);
        json_text(&json, "action", action);
    }
    json_close_object(&json);
    core_send(client, &json);
}

/* ---- commands ---- */

static void check_now(struct core *core, struct control_client *client,
                      const char *operand)
{
    (void)operand;
    log_notice("looking at every connection: somebody asks for it");
    core_check_soon(core, 0);
    core_answer(client, "ok", NULL, NULL);
}

static void reload(struct core *core, struct control_client *client,
                   const char *operand)
{
    (void)operand;
    if (core_reload(core))
        core_answer(client, "ok", NULL, NULL);
    else
        core_answer(client, "config",
                    "the configuration has errors; the old one stays in force",
                    "imappushd --check-config says what is wrong");
}

static void status(struct core *core, struct control_client *client,
                   const char *operand)
{
    const struct status_source source = {.config = core->config,
                                         .outbox = core->outbox,
                                         .roster = core->roster,
                                         .begun_ms = core->begun_ms,
                                         .config_is_old = core->config_is_old};
    struct buffer out;
    struct json json;

    buffer_init(&out, CONTROL_ANSWER_MAX - 1);
    json_start(&json, &out);
    bool found = status_write(&source, operand, &json);

    if (found && !json.bad) {
        core_send(client, &json);
        return;
    }
    buffer_finish(&out);
    if (found)
        core_answer(client, "too-long",
                    "there is more than one answer can hold",
                    "ask for one account at a time");
    else
        core_answer(
            client, "unknown-name",
            "there is no account or endpoint of "
            "that name",
            "imappushd --list-accounts and --list-endpoints say which there "
            "are");
}

static void follow(struct core *core, struct control_client *client,
                   const char *operand)
{
    (void)operand;
    if (control_answer_and_stay(&core->control, client, "{\"code\":\"ok\"}\n"))
        outbox_follow(core->outbox, true);
    else
        core_answer(client, "busy", "as many follow already as may",
                    "end one of the others");
}

/* ---- the table ---- */

enum operand { NO_OPERAND, MAY_HAVE_OPERAND, NEEDS_OPERAND };

static const struct command {
    const char *word;
    enum operand operand;
    /* Answers the client. The operand is null where there is none. */
    void (*obey)(struct core *core, struct control_client *client,
                 const char *operand);
} commands[] = {
    {"check-now", NO_OPERAND, check_now},
    {"follow", NO_OPERAND, follow},
    {"pair", NEEDS_OPERAND, core_invite},
    {"reload", NO_OPERAND, reload},
    {"status", MAY_HAVE_OPERAND, status},
    {"test-push", NEEDS_OPERAND, core_try},
    {"version", NO_OPERAND, core_reserve},
};

/* A word, perhaps a blank and a name; which may have blanks as well. */
static bool matches(const struct command *command, const char *line,
                    const char **operand)
{
    size_t length = strlen(command->word);

    if (strncmp(line, command->word, length) != 0)
        return false;
    *operand =
        line[length] == ' ' && line[length + 1] ? line + length + 1 : NULL;
    if (!*operand)
        return !line[length] && command->operand != NEEDS_OPERAND;
    return command->operand != NO_OPERAND;
}

static void obey(struct core *core, struct control_client *client)
{
    const char *operand;

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (matches(&commands[i], client->line, &operand)) {
            commands[i].obey(core, client, operand);
            return;
        }
    }
    core_answer(
        client, "command", "not understood",
        "say check-now, follow, pair ID SECONDS ACCOUNT, reload, status, "
        "status NAME, test-push ID or version, in one line");
}

void core_obey(struct core *core)
{
    struct control_client *client;

    while ((client = control_next(&core->control)) != NULL)
        obey(core, client);
}

/* ---- who follows ---- */

static void tell(struct core *core, const struct outbox_event *event)
{
    struct buffer out;
    struct json json;

    buffer_init(&out, CONTROL_ANSWER_MAX);
    json_start(&json, &out);
    json_open_object(&json, NULL);
    json_number(&json, "version", event->version);
    json_text(&json, "event", event->attention ? "attention" : "mail");
    json_text(&json, event->attention ? "name" : "account", event->account);
    json_text(&json, event->attention ? "text" : "mailbox", event->mailbox);
    json_moment(&json, "time", event->time_s);
    json_close_object(&json);
    buffer_add_text(&out, "\n");
    control_tell_followers(&core->control, out.data, out.length);
    buffer_finish(&out);
}

void core_tell_followers(struct core *core)
{
    const struct outbox_event *event;

    while ((event = outbox_next_event(core->outbox)) != NULL)
        tell(core, event);
    outbox_follow(core->outbox, control_is_followed(&core->control));
}
