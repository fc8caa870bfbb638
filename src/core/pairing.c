/*
 * "pair ID SECONDS ACCOUNT" on the control socket: whoever says it is told of
 * mail that has the ID in its subject, a line of JSON for each, until he hangs
 * up or the time is over.
 */
#include "core/core_private.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* Takes the operand apart; false for what is none. */
static bool read_operand(const char *operand, char *id, long *seconds,
                         const char **account)
{
    const size_t length = INVITATION_ID_LENGTH;
    char *end;

    if (strlen(operand) < length || operand[length] != ' ')
        return false;
    memcpy(id, operand, length);
    id[length] = '\0';
    *seconds = strtol(operand + length + 1, &end, 10);
    *account = end + 1;
    return invitation_is_id(id) && *seconds >= 1 && *seconds <= INVITATION_S &&
           *end == ' ' && end[1];
}

static const struct account *find_account(const struct core *core,
                                          const char *name)
{
    const struct account *account = config_account(core->config, name);

    return account && account->enabled ? account : NULL;
}

static void welcome(struct control_client *client, bool watching)
{
    struct buffer out;
    struct json json;

    buffer_init(&out, 256);
    json_start(&json, &out);
    json_open_object(&json, NULL);
    json_text(&json, "code", "ok");
    json_truth(&json, "watching", watching);
    json_close_object(&json);
    buffer_add_text(&out, "\n");
    control_wait(client);
    control_tell_waiting(client, out.data, out.length);
    buffer_finish(&out);
}

void core_invite(struct core *core, struct control_client *client,
                 const char *operand)
{
    char id[INVITATION_ID_LENGTH + 1];
    const char *name;
    long seconds;

    if (!read_operand(operand, id, &seconds, &name)) {
        core_answer(client, "command", "not understood",
                    "say pair, an ID, a number of seconds and an account");
        return;
    }
    if (!find_account(core, name)) {
        core_answer(client, "unknown-name",
                    "the daemon that runs watches no account of that name",
                    "imappushd --reload, if it is new");
        return;
    }
    log_notice("%s: for %ld s, a phone may join by mail", name, seconds);
    invitations_open(&core->invitations, id, name, client->number,
                     clock_boottime_ms() + seconds * 1000);
    welcome(client, roster_account_watches(core->roster, name));
}

static struct control_client *find_caller(struct core *core, uint64_t number)
{
    struct control_client *client;
    size_t index = 0;

    while ((client = control_waiting(&core->control, &index)) != NULL) {
        if (client->number == number)
            return client;
    }
    return NULL;
}

/* False where the invitation is over. */
static bool go_on(struct core *core, struct invitation *invitation,
                  int64_t now_ms)
{
    struct control_client *client = find_caller(core, invitation->caller);

    if (!client)
        return false;
    if (invitation->mail.length > 0) {
        control_tell_waiting(client, invitation->mail.data,
                             invitation->mail.length);
        buffer_finish(&invitation->mail);
    }
    if (invitation->until_ms <= now_ms)
        core_answer(client, "late", "the time is over",
                    "imappushd --pair makes a new code");
    else if (!find_account(core, invitation->account))
        core_answer(client, "unknown-name", "the account was removed",
                    "imappushd --pair with another one");
    else
        return true;
    return false;
}

void core_run_invitations(struct core *core, int64_t now_ms)
{
    for (size_t i = core->invitations.count; i-- > 0;) {
        struct invitation *invitation = &core->invitations.list[i];

        if (go_on(core, invitation, now_ms))
            continue;
        log_info("%s: no phone may join by that mail any more",
                 invitation->account);
        invitations_close(&core->invitations, i);
    }
}

int64_t core_next_invitation(const struct core *core)
{
    int64_t next_ms = CLOCK_NEVER;

    for (size_t i = 0; i < core->invitations.count; i++) {
        if (core->invitations.list[i].until_ms < next_ms)
            next_ms = core->invitations.list[i].until_ms;
    }
    return next_ms;
}
