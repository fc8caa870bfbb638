/*
 * Pushes that a caller of the control socket asks for.
 *
 * An endpoint that is ours is pushed to by the delivery, like always: so no
 * second request can be under way to it, and the version is the newest. The
 * caller is answered when the outcome is known. One that is not ours (yet) is
 * pushed to by the caller himself, by a version that comes from here: there is
 * one series.
 */
#include "core/core_private.h"

#include "base/json.h"
#include "base/log.h"

#include <string.h>

#define TEST_PUSH "test-push "

static struct recipient *find(struct core *core, const char *id)
{
    size_t count;
    struct recipient *recipients = outbox_recipients(core->outbox, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(recipients[i].id, id) == 0)
            return &recipients[i];
    }
    return NULL;
}

/* Why there is no version. */
static void say_none(struct control_client *client, int64_t version)
{
    if (version < 0)
        core_answer(client, "end", "versions have come to their end",
                    "register new endpoints");
    else
        core_answer(client, "held", "this machine's clock cannot be trusted",
                    "set the clock, or let it be set over the network");
}

void core_try(struct core *core, struct control_client *client,
              const char *operand)
{
    struct recipient *recipient = find(core, operand);

    if (!recipient) {
        core_answer(client, "unknown-endpoint", "no endpoint has this id",
                    "the id is the first half of the SHA-256 of a push URL");
        return;
    }
    int64_t version = outbox_try(core->outbox, recipient);

    if (version <= 0) {
        say_none(client, version);
        return;
    }
    log_notice("%s: a push, because somebody asks for it",
               recipient->endpoint->name);
    control_wait(client);
}

void core_reserve(struct core *core, struct control_client *client,
                  const char *operand)
{
    int64_t version = outbox_reserve(core->outbox);
    struct buffer out;
    struct json json;

    (void)operand;
    if (version <= 0) {
        say_none(client, version);
        return;
    }
    buffer_init(&out, CONTROL_ANSWER_MAX);
    json_start(&json, &out);
    json_open_object(&json, NULL);
    json_text(&json, "code", "ok");
    json_number(&json, "version", version);
    json_close_object(&json);
    core_send(client, &json);
}

static void say_outcome(struct control_client *client,
                        const struct trial *trial)
{
    static const char *const kinds[OUTCOME_KINDS] = {
        [OUTCOME_ANSWER] = "answer",
        [OUTCOME_UNREACHABLE] = "unreachable",
        [OUTCOME_CERTIFICATE] = "certificate",
        [OUTCOME_REFUSED] = "refused",
    };
    struct buffer out;
    struct json json;

    buffer_init(&out, CONTROL_ANSWER_MAX);
    json_start(&json, &out);
    json_open_object(&json, NULL);
    json_text(&json, "code", "ok");
    json_number(&json, "version", trial->version);
    json_truth(&json, "alone", trial->alone);
    json_text(&json, "outcome", kinds[trial->kind]);
    json_number(&json, "status", trial->status);
    json_number(&json, "took_ms", trial->took_ms);
    json_text(&json, "text", trial->text);
    json_close_object(&json);
    core_send(client, &json);
}

void core_answer_trials(struct core *core)
{
    struct control_client *client;
    size_t index = 0;

    while ((client = control_waiting(&core->control, &index)) != NULL) {
        if (strncmp(client->line, TEST_PUSH, strlen(TEST_PUSH)) != 0)
            continue;
        const struct recipient *recipient =
            find(core, client->line + strlen(TEST_PUSH));

        if (!recipient) /* a reload has taken it away; its request may go on */
            core_answer(client, "removed", "the endpoint was removed meanwhile",
                        "look at endpoints.d");
        else if (recipient->trial.over)
            say_outcome(client, &recipient->trial);
    }
}
