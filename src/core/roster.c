#include "core/roster.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/member.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct roster {
    struct seat_tools tools;
    struct member **members;
    size_t count;
};

struct roster *roster_create(struct outbox *outbox, struct registry *registry,
                             struct invitations *invitations,
                             plan_main *session)
{
    struct roster *roster = xcalloc(1, sizeof *roster);

    roster->tools = (struct seat_tools){
        .outbox = outbox,
        .registry = registry,
        .invitations = invitations,
        .session = session,
        .scratch =
            record_create(true), /* texts of mail and push URLs pass here */
    };
    return roster;
}

void roster_destroy(struct roster **roster)
{
    if (!*roster)
        return;
    for (size_t i = 0; i < (*roster)->count; i++)
        member_destroy(&(*roster)->members[i]);
    record_destroy(&(*roster)->tools.scratch);
    free((*roster)->members);
    free(*roster);
    *roster = NULL;
}

/* ---- configuration ---- */

static struct member *take_known(struct roster *roster,
                                 const struct account *account)
{
    for (size_t i = 0; i < roster->count; i++) {
        struct member *member = roster->members[i];

        if (member && config_same_account(member->account, account)) {
            roster->members[i] = NULL;
            return member;
        }
    }
    return NULL;
}

/* Ends, reaps and drains a session that has no place any more: what it judged
 * is kept for the next one. */
static void dismiss(struct roster *roster, struct member *member,
                    int64_t now_ms)
{
    for (size_t i = 0; i < SEATS; i++) {
        process_kill(&member->seats[i].process);
        seat_read(&member->seats[i], &roster->tools, now_ms);
    }
    member_destroy(&member);
}

void roster_configure(struct roster *roster, const struct config *config)
{
    struct member **members = xcalloc(config->account_count, sizeof *members);
    int64_t now_ms = clock_boottime_ms();
    size_t count = 0;

    for (size_t i = 0; i < config->account_count; i++) {
        const struct account *account = &config->accounts[i];

        if (!account->enabled)
            continue;
        struct member *member = take_known(roster, account);

        if (member)
            member->account = account; /* the old words go away */
        else
            member = member_create(account);
        members[count++] = member;
    }
    for (size_t i = 0; i < roster->count; i++) {
        if (roster->members[i])
            dismiss(roster, roster->members[i], now_ms);
    }
    free(roster->members);
    roster->members = members;
    roster->count = count;
    for (size_t i = 0; i < count; i++)
        member_hurry(members[i]);
}

/* ---- the day's work ---- */

void roster_run(struct roster *roster, int64_t now_ms)
{
    for (size_t i = 0; i < roster->count; i++)
        member_run(roster->members[i], &roster->tools, now_ms);
}

int64_t roster_next(const struct roster *roster, int64_t now_ms)
{
    int64_t next_ms = CLOCK_NEVER;

    for (size_t i = 0; i < roster->count; i++) {
        int64_t at_ms = member_next(roster->members[i], now_ms);

        if (at_ms < next_ms)
            next_ms = at_ms;
    }
    return next_ms;
}

size_t roster_size(const struct roster *roster)
{
    return roster->count * SEATS;
}

size_t roster_links(struct roster *roster, struct pollfd *fds, size_t max,
                    int64_t now_ms)
{
    size_t count = 0;

    for (size_t i = 0; i < roster->count; i++) {
        for (size_t j = 0; j < SEATS && count < max; j++) {
            struct seat *seat = &roster->members[i]->seats[j];

            if (seat->process.link >= 0 && seat_may_talk(seat, now_ms))
                fds[count++] =
                    (struct pollfd){.fd = seat->process.link, .events = POLLIN};
        }
    }
    return count;
}

void roster_read(struct roster *roster, int link, int64_t now_ms)
{
    for (size_t i = 0; i < roster->count; i++) {
        for (size_t j = 0; j < SEATS; j++) {
            struct seat *seat = &roster->members[i]->seats[j];

            if (seat->process.link == link)
                seat_read(seat, &roster->tools, now_ms);
        }
    }
}

bool roster_reaped(struct roster *roster, pid_t pid, const char *words,
                   int64_t now_ms)
{
    for (size_t i = 0; i < roster->count; i++) {
        for (size_t j = 0; j < SEATS; j++) {
            struct seat *seat = &roster->members[i]->seats[j];

            if (seat->process.pid != pid)
                continue;
            seat->process.pid = 0;
            seat_read(seat, &roster->tools, now_ms);
            seat_ended(seat, words, now_ms);
            return true;
        }
    }
    return false;
}

void roster_check_all(struct roster *roster, int64_t now_ms)
{
    for (size_t i = 0; i < roster->count; i++) {
        for (size_t j = 0; j < SEATS; j++)
            seat_check(&roster->members[i]->seats[j], roster->tools.scratch,
                       now_ms);
    }
}

struct member *roster_member(const struct roster *roster,
                             const struct account *account)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (roster->members[i]->account == account)
            return roster->members[i];
    }
    return NULL;
}

const struct account *roster_trouble(const struct roster *roster, size_t index,
                                     const char **code, int64_t *since_ms)
{
    if (index >= roster->count)
        return NULL;
    const struct member *member = roster->members[index];

    *code = member->trouble[0] ? member->trouble : NULL;
    *since_ms = member->trouble_ms;
    return member->account;
}

bool roster_account_watches(const struct roster *roster, const char *name)
{
    for (size_t i = 0; i < roster->count; i++) {
        const struct member *member = roster->members[i];

        if (strcmp(member->account->name, name) == 0)
            return member->seats[0].watching;
    }
    return false;
}

bool roster_watches(const struct roster *roster,
                    const struct endpoint *endpoint)
{
    for (size_t i = 0; i < roster->count; i++) {
        const struct member *member = roster->members[i];

        if (endpoint_is_about(endpoint, member->account->name) &&
            !member->seats[0].watching)
            return false;
    }
    return true;
}

void roster_count(const struct roster *roster, size_t *accounts,
                  size_t *watching)
{
    *accounts = roster->count;
    *watching = 0;
    for (size_t i = 0; i < roster->count; i++)
        *watching += roster->members[i]->seats[0].watching;
}
