/*
 * How an account is: what its seats add up to. The lead counts; of the others'
 * trouble the account does not go blind, because the lead polls instead.
 */
#include "core/member.h"

#include "base/clock.h"

#include <string.h>

/* What trouble makes of an account; all other: it waits. */
static const struct {
    const char *code;
    enum member_state state;
} states[] = {
    {"dns", MEMBER_OFFLINE},         {"host-unknown", MEMBER_OFFLINE},
    {"unreachable", MEMBER_OFFLINE}, {"login", MEMBER_REFUSED},
    {"locked", MEMBER_LOCKED},       {"login-needed", MEMBER_LOGIN_NEEDED},
};

static enum member_state state_of(const struct error *reason)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strcmp(states[i].code, reason->code) == 0)
            return states[i].state;
    }
    return MEMBER_WAITING;
}

static enum member_state judge(const struct member *member)
{
    const struct seat *lead = &member->seats[0];

    if (lead->watching)
        return MEMBER_WATCHING;
    if (!lead->troubled)
        return MEMBER_CONNECTING;
    if (lead->reason.class == ERROR_NOW && lead->process.pid)
        return MEMBER_CONNECTING;
    return state_of(&lead->reason); /* also while the next try is under way */
}

enum member_state member_note_state(struct member *member, int64_t now_ms)
{
    enum member_state state = judge(member);

    if (member->since_ms == 0 || state != member->state)
        member->since_ms = now_ms;
    member->state = state;
    return state;
}

const struct seat *member_troubled(const struct member *member)
{
    for (size_t i = 0; i < SEATS; i++) {
        const struct seat *seat = &member->seats[i];

        if (seat->troubled && !seat->watching)
            return seat;
    }
    return NULL;
}

int64_t member_next_try(const struct member *member)
{
    const struct seat *lead = &member->seats[0];

    if (lead->process.pid)
        return CLOCK_NEVER;
    return lead->next_ms < member->login_ms ? member->login_ms : lead->next_ms;
}

size_t member_connections(const struct member *member)
{
    size_t count = 0;

    for (size_t i = 0; i < SEATS; i++)
        count += member->seats[i].process.pid && member->seats[i].logged_in;
    return count;
}

enum watch member_watch(const struct member *member, size_t index)
{
    const struct seat *lead = &member->seats[0];
    const struct post *post = &member->mailboxes.list[index];

    if (index > 0 && index < SEATS && member->seats[index].watching)
        return member->seats[index].watch;
    if (!lead->watching || post->missing)
        return WATCH_AUTO;
    return post->polled ? WATCH_POLL : lead->watch;
}
