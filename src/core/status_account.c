#include "core/status.h"

#include "base/clock.h"
#include "core/member.h"
#include "core/remedy.h"

#include <stdio.h>

static const char *const states[MEMBER_STATES] = {
    [MEMBER_CONNECTING] = "connecting", [MEMBER_WATCHING] = "watching",
    [MEMBER_OFFLINE] = "offline",       [MEMBER_WAITING] = "waiting",
    [MEMBER_LOCKED] = "locked",         [MEMBER_LOGIN_NEEDED] = "login-needed",
    [MEMBER_REFUSED] = "refused",
};

static void write_watch(struct json *json, enum watch watch)
{
    static const char *const words[WATCH_COUNT] = {[WATCH_NOTIFY] = "notify",
                                                   [WATCH_IDLE] = "idle",
                                                   [WATCH_POLL] = "poll"};

    if (words[watch])
        json_text(json, "watch", words[watch]);
    else
        json_null(json, "watch");
}

static void write_mailbox(struct json *json, const struct member *member,
                          size_t index, struct outbox *outbox)
{
    const struct post *post = &member->mailboxes.list[index];
    struct cursor cursor = outbox_cursor(outbox, member->account, post->name);

    json_open_object(json, NULL);
    json_text(json, "name", post->name);
    write_watch(json, member_watch(member, index));
    json_truth(json, "missing", post->missing);
    status_number(json, "uidvalidity", cursor.uidvalidity);
    status_number(json, "uidnext", cursor.uidnext);
    status_moment(json, "last_event", post->event_ms);
    status_moment(json, "last_proven", post->proven_ms);
    json_close_object(json);
}

static void write_error(struct json *json, const struct member *member)
{
    const struct seat *seat = member_troubled(member);
    char text[sizeof seat->reason.text + MAILBOX_NAME_MAX];

    if (!seat) {
        json_null(json, "error");
        return;
    }
    snprintf(text, sizeof text, "%s%s%s",
             seat->index ? member_mailbox(member, seat->index) : "",
             seat->index ? ": " : "", seat->reason.text);
    remedy_write(json, "error", seat->reason.code, member->account->name, text);
}

static void write_disabled(struct json *json)
{
    json_text(json, "state", "disabled");
    json_null(json, "watch");
    json_number(json, "connections", 0);
    json_open_array(json, "mailboxes");
    json_close_array(json);
    json_null(json, "since");
    json_null(json, "next_try");
    json_null(json, "error");
}

static void write_enabled(struct json *json, struct member *member,
                          struct outbox *outbox)
{
    enum member_state state = member_note_state(member, clock_boottime_ms());
    bool watches = state == MEMBER_WATCHING;

    json_text(json, "state", states[state]);
    write_watch(json, watches ? member->seats[0].watch : WATCH_AUTO);
    json_number(json, "connections", (int64_t)member_connections(member));
    json_open_array(json, "mailboxes");
    for (size_t i = 0; i < member->mailboxes.count; i++)
        write_mailbox(json, member, i, outbox);
    json_close_array(json);
    status_moment(json, "since", member->since_ms);
    status_moment(json, "next_try", member_next_try(member));
    write_error(json, member);
}

void status_write_account(struct json *json, const struct account *account,
                          struct member *member, struct outbox *outbox)
{
    json_open_object(json, NULL);
    json_text(json, "name", account->name);
    json_text(json, "secret",
              account->password_command ? "command"
              : account->password_file  ? "file"
                                        : "store");
    if (member)
        write_enabled(json, member, outbox);
    else
        write_disabled(json);
    json_close_object(json);
}
