#include "core/invitations.h"

#include "base/alloc.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

/* Of what one caller is told at a time. */
#define MAIL_MAX 400000

void invitations_open(struct invitations *invitations, const char *id,
                      const char *account, uint64_t caller, int64_t until_ms)
{
    invitations->list = xreallocarray(invitations->list, invitations->count + 1,
                                      sizeof *invitations->list);
    struct invitation *invitation = &invitations->list[invitations->count++];

    *invitation = (struct invitation){
        .account = xstrdup(account), .caller = caller, .until_ms = until_ms};
    memcpy(invitation->id, id, sizeof invitation->id);
    buffer_init(&invitation->mail, MAIL_MAX);
}

void invitations_close(struct invitations *invitations, size_t index)
{
    struct invitation *invitation = &invitations->list[index];

    free(invitation->account);
    buffer_finish(&invitation->mail);
    *invitation = invitations->list[--invitations->count];
}

void invitations_finish(struct invitations *invitations)
{
    while (invitations->count > 0)
        invitations_close(invitations, invitations->count - 1);
    free(invitations->list);
    *invitations = (struct invitations){0};
}

void invitations_list(const struct invitations *invitations,
                      const char *account, struct buffer *text)
{
    for (size_t i = 0; i < invitations->count; i++) {
        const struct invitation *invitation = &invitations->list[i];

        if (strcmp(invitation->account, account) == 0)
            buffer_printf(text, "%s%s", text->length > 0 ? " " : "",
                          invitation->id);
    }
}

/* Whole lines only. */
static void add_line(struct invitation *invitation, const char *text)
{
    struct buffer line;
    struct json json;

    buffer_init(&line, invitation->mail.maximum);
    json_start(&json, &line);
    json_open_object(&json, NULL);
    json_text(&json, "mail", text);
    json_close_object(&json);
    buffer_add_text(&line, "\n");
    if (!json.bad)
        buffer_add(&invitation->mail, line.data, line.length);
    buffer_finish(&line);
}

bool invitations_received(struct invitations *invitations,
                          const struct account *account,
                          const struct report *report)
{
    if (!invitation_is_id(report->name) ||
        strlen(report->value) > INVITATION_TEXT_MAX)
        return false;
    for (size_t i = 0; i < invitations->count; i++) {
        struct invitation *invitation = &invitations->list[i];

        if (strcmp(invitation->id, report->name) == 0 &&
            strcmp(invitation->account, account->name) == 0)
            add_line(invitation, report->value);
    }
    return true;
}
