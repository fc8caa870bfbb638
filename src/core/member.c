#include "core/member.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Who cuts earlier does not mean that we were silent for too long. */
#define CUT_LEAST_MS 25000

static void posts_finish(struct posts *posts)
{
    for (size_t i = 0; i < posts->count; i++)
        free(posts->list[i].name);
    free(posts->list);
    *posts = (struct posts){0};
}

struct member *member_create(const struct account *account)
{
    struct member *member = xcalloc(1, sizeof *member);

    member->account = account;
    member->refresh_interval_s = account->refresh_interval_s;
    for (size_t i = 0; i < SEATS; i++)
        seat_init(&member->seats[i], member, i);
    return member;
}

void member_destroy(struct member **member)
{
    for (size_t i = 0; i < SEATS; i++)
        seat_clear(&(*member)->seats[i]);
    posts_finish(&(*member)->mailboxes);
    posts_finish(&(*member)->found);
    free((*member)->invited);
    free(*member);
    *member = NULL;
}

/* ---- mailboxes ---- */

static const char *mailbox_of(const struct posts *posts, size_t index)
{
    return index < posts->count ? posts->list[index].name : "";
}

const char *member_mailbox(const struct member *member, size_t index)
{
    return mailbox_of(&member->mailboxes, index);
}

/* Begins where it most likely is. */
static struct post *find(const struct posts *posts, const char *name,
                         size_t begin)
{
    for (size_t i = 0; i < posts->count; i++) {
        struct post *post = &posts->list[(begin + i) % posts->count];

        if (strcmp(post->name, name) == 0)
            return post;
    }
    return NULL;
}

struct post *member_post(const struct member *member, const char *mailbox)
{
    return find(&member->mailboxes, mailbox, 0);
}

/* What was heard of mailboxes outlives the session that listed them. */
static void remember(struct posts *posts, const struct posts *old)
{
    for (size_t i = 0; i < posts->count; i++) {
        struct post *post = &posts->list[i];
        const struct post *known = find(old, post->name, i);

        if (known) {
            post->event_ms = known->event_ms;
            post->proven_ms = known->proven_ms;
        }
    }
}

bool member_take_mailbox(struct seat *seat, const char *name)
{
    struct posts *found = &seat->member->found;

    if (seat->index != 0 || found->count == MAILBOXES_MAX ||
        strlen(name) > MAILBOX_NAME_MAX || !*name)
        return false;
    found->list =
        xreallocarray(found->list, found->count + 1, sizeof *found->list);
    found->list[found->count++] = (struct post){.name = xstrdup(name)};
    return true;
}

void member_lead_begins(struct member *member)
{
    posts_finish(&member->found);
    member->offered = false;
    free(member->invited);
    member->invited = NULL;
}

/* How many sessions are needed: mailboxes beyond INBOX get one of their own
 * where the server has IDLE only. */
static size_t seats_needed(const struct member *member)
{
    size_t most = (size_t)member->account->max_connections;

    if (member->offer != WATCH_IDLE)
        return 1;
    return member->mailboxes.count < most ? member->mailboxes.count : most;
}

bool member_take_offer(struct seat *seat, enum watch offer)
{
    struct member *member = seat->member;
    struct posts old = member->mailboxes;

    if (seat->index != 0 || member->found.count + old.count == 0)
        return false;
    if (member->found.count > 0) {
        member->mailboxes = member->found;
        member->found = (struct posts){0};
        remember(&member->mailboxes, &old);
    } else {
        old = (struct posts){0};
    }
    member->offer = offer;
    member->offered = member->list_stale = true;
    for (size_t i = 1; i < SEATS; i++) {
        struct seat *other = &member->seats[i];
        bool moved =
            old.count > 0 &&
            strcmp(mailbox_of(&old, i), mailbox_of(&member->mailboxes, i)) != 0;

        if (i >= seats_needed(member) || moved) {
            seat_clear(other);
            other->next_ms = CLOCK_NEVER;
        }
        if (i < seats_needed(member) && !other->process.pid &&
            other->next_ms == CLOCK_NEVER)
            other->next_ms = 0;
    }
    posts_finish(&old);
    return true;
}

bool member_take_renamed(struct seat *seat, const struct report *report,
                         struct outbox *outbox)
{
    if (seat->index != 0 || !*report->mailbox ||
        strlen(report->mailbox) > MAILBOX_NAME_MAX)
        return false;
    if (member_post(seat->member, report->oldname))
        outbox_rename(outbox, seat->member->account, report->oldname,
                      report->mailbox);
    return true;
}

bool member_take_missing(struct seat *seat, const struct report *report)
{
    struct post *post = member_post(seat->member, report->mailbox);

    if (post)
        post->missing = report->missing;
    return post != NULL;
}

bool member_take_proven(struct seat *seat, const struct report *report,
                        int64_t now_ms)
{
    struct posts *posts = &seat->member->mailboxes;
    struct post *own = member_post(seat->member, report->mailbox);

    if (!own || (seat->index != 0 && report->proof == PROOF_ALL))
        return false;
    own->missing = false;
    own->proven_ms = now_ms;
    for (size_t i = 0; i < posts->count && seat->index == 0; i++) {
        struct post *post = &posts->list[i];

        if (!post->missing && (report->proof == PROOF_ALL ||
                               (report->proof == PROOF_POLLED && post->polled)))
            post->proven_ms = now_ms;
    }
    return true;
}

/* What a seat is to watch: the lead all mailboxes, and those that no session
 * idles on by polling; the others one. */
static struct task task_of(const struct seat *seat, size_t index,
                           struct outbox *outbox)
{
    const struct member *member = seat->member;
    struct post *post = &member->mailboxes.list[index];
    bool lead = seat->index == 0;
    bool idled_on =
        index == 0 || (index < SEATS && member->seats[index].watching);
    bool polled = lead && member->offer != WATCH_NOTIFY && !idled_on;

    if (lead)
        post->polled = polled;
    return (struct task){
        .mailbox = {.name = post->name,
                    .cursor =
                        outbox_cursor(outbox, member->account, post->name)},
        .polled = polled,
    };
}

void member_order(struct seat *seat, const struct seat_tools *tools)
{
    struct member *member = seat->member;
    bool lead = seat->index == 0;
    size_t at = seat->index, end = lead ? member->mailboxes.count : at + 1;
    struct task tasks[TASKS_MAX];

    for (size_t first = at; at < end;) {
        size_t begin = at, count = 0;

        while (at < end && count < TASKS_MAX)
            tasks[count++] = task_of(seat, at++, tools->outbox);
        order_pack_watch(tools->scratch, tasks, count, begin == first,
                         at == end);
        if (record_send(seat->process.link, tools->scratch) < 0) {
            log_debug("%s: an order was not taken: %s", seat_account(seat),
                      strerror(errno));
            return; /* given again, whole */
        }
    }
    if (lead)
        member->list_stale = false;
}

/* ---- what was learned ---- */

/* Three tries in five minutes, then one every half hour: servers lock out who
 * hammers, and all sessions of the account count together. */
int64_t member_refused(struct member *member)
{
    static const int64_t waits_ms[] = {30000, 180000};
    unsigned refusals = member->refusals++;

    return refusals < 2 ? waits_ms[refusals] : SEAT_PERSON_MS;
}

/* A server may end a connection with the token that it was opened with, however
 * busy it was. Silence is to blame only where no renewal came before the cut.
 */
static bool died_of_age(const struct seat *seat, int64_t now_ms)
{
    const struct member *member = seat->member;

    return member->account->auth == ACCOUNT_AUTH_OAUTH2 &&
           now_ms - seat->watching_ms >= member->refresh_interval_s * 1000LL;
}

/* Some servers, and routers in between, cut off who idles for too long, always
 * after the same time: then IDLE is renewed before. */
void member_learn_cut(struct seat *seat, int64_t now_ms)
{
    struct member *member = seat->member;
    int64_t lived_ms = now_ms - seat->heard_ms, last_ms = member->cut_ms;
    bool cut = strcmp(seat->reason.code, "closed") == 0 ||
               strcmp(seat->reason.code, "bye") == 0 ||
               strcmp(seat->reason.code, "connection") == 0;

    if (!cut || !seat->watching ||
        lived_ms < clock_patience_ms("CUT", CUT_LEAST_MS) ||
        lived_ms >= member->refresh_interval_s * 1000LL ||
        died_of_age(seat, now_ms))
        return;
    member->cut_ms = lived_ms;
    if (last_ms == 0 || lived_ms < last_ms * 8 / 10 ||
        lived_ms > last_ms * 10 / 8)
        return;
    member->cut_ms = 0;
    member->refresh_interval_s = (int)(lived_ms * 8 / 10 / 1000);
    if (member->refresh_interval_s < 1)
        member->refresh_interval_s = 1;
    log_notice("%s: the connection is cut after %lld s; renewing it every %d s "
               "from now on",
               seat_account(seat), (long long)lived_ms / 1000,
               member->refresh_interval_s);
}

/* ---- the day's work ---- */

/* One login at a time: if it is refused, the others were spared. */
static bool logs_in(const struct member *member)
{
    for (size_t i = 0; i < SEATS; i++) {
        if (member->seats[i].process.pid && !member->seats[i].logged_in)
            return true;
    }
    return false;
}

static int64_t start_ms(const struct seat *seat)
{
    const struct member *member = seat->member;

    if (logs_in(member))
        return CLOCK_NEVER;
    return seat->next_ms < member->login_ms ? member->login_ms : seat->next_ms;
}

/* What is to be said where apps register, while the lead watches. */
static void order_relay(struct member *member, const struct seat_tools *tools,
                        int64_t now_ms)
{
    struct seat *lead = &member->seats[0];
    struct buffer text;

    if (!lead->watching || lead->process.link < 0)
        return;
    buffer_init(&text, 4096);
    if (registry_relay(tools->registry, member->account, now_ms, &text)) {
        order_pack_relay(tools->scratch, text.data);
        if (record_send(lead->process.link, tools->scratch) < 0)
            log_debug("%s: an order was not taken: %s", seat_account(lead),
                      strerror(errno)); /* an hour later */
    }
    buffer_finish(&text);
}

/* Whose mail the lead is to look for, when that has changed. */
static void order_expect(struct member *member, const struct seat_tools *tools)
{
    struct seat *lead = &member->seats[0];
    const char *before = member->invited ? member->invited : "";
    struct buffer ids;

    if (!lead->watching || lead->process.link < 0)
        return;
    buffer_init(&ids, 4096);
    invitations_list(tools->invitations, member->account->name, &ids);
    const char *now = ids.data ? ids.data : "";

    order_pack_expect(tools->scratch, now);
    if (strcmp(before, now) != 0 &&
        record_send(lead->process.link, tools->scratch) == 0) {
        free(member->invited);
        member->invited = xstrdup(now);
    }
    buffer_finish(&ids);
}

void member_run(struct member *member, const struct seat_tools *tools,
                int64_t now_ms)
{
    for (size_t i = 0; i < SEATS; i++) {
        struct seat *seat = &member->seats[i];

        if (seat->process.pid && seat->process.by_ms <= now_ms)
            seat_end_late(seat, now_ms);
        if (!seat->process.pid && start_ms(seat) <= now_ms)
            seat_start(seat, tools, now_ms);
    }
    if (member->list_stale && member->offered &&
        member->seats[0].process.link >= 0)
        member_order(&member->seats[0], tools);
    order_relay(member, tools, now_ms);
    order_expect(member, tools);
    member_note_state(member, now_ms);
}

int64_t member_next(const struct member *member, int64_t now_ms)
{
    int64_t next_ms = CLOCK_NEVER;

    for (size_t i = 0; i < SEATS; i++) {
        const struct seat *seat = &member->seats[i];
        int64_t at_ms =
            seat->process.pid ? seat->process.by_ms : start_ms(seat);

        if (seat->process.pid && seat->tokens <= 0 && at_ms > now_ms + 1000)
            at_ms = now_ms + 1000; /* it may talk again */
        if (at_ms < next_ms)
            next_ms = at_ms;
    }
    return next_ms;
}

void member_hurry(struct member *member)
{
    member->refusals = 0;
    member->login_ms = 0;
    for (size_t i = 0; i < SEATS; i++) {
        struct seat *seat = &member->seats[i];

        seat->later.tries = 0;
        seat->reason.code[0] = '\0';
        if (seat->process.pid && seat->awaits_keyring && !seat->logged_in) {
            seat_clear(seat); /* the password may be elsewhere by now */
            seat->next_ms = 0;
        }
        seat->troubled = false;
        if (!seat->process.pid && seat->next_ms != CLOCK_NEVER)
            seat->next_ms = 0;
    }
}
