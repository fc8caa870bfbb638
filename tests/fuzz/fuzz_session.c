/*
 * A whole session with a server that may say anything at any time: the login,
 * the list of mailboxes, then watching by NOTIFY, IDLE or polling, as far down
 * as the server drives it. The input is one letter that picks the account, and
 * then what the server says, with the marks of wire.h:
 *
 *   n  the account names its mailboxes
 *   p  it has patterns, special uses and exclusions, everything, and rules;
 *      and who sent a mail is shown
 *   s  the session is not the lead: it watches the one mailbox it is ordered;
 *      senders as above
 *   o  it logs in with an access token; senders as above
 *
 * What must hold, besides the promises of wire.h: reports of news are about
 * mailboxes that were ordered, and a session that has failed says how.
 */
#include "wire.h"

#include "base/log.h"
#include "session/ladder.h"
#include "session/link.h"
#include "session/login.h"

#define NAMED "Entw\xc3\xbcrfe"
#define PREFIX "abc"

/* What session_run() promises before it connects. */
#define LOOKUP_MS 60000

#define TASKS_KNOWN 8

static const char *const names[] = {"INBOX", "Archive", NAMED};
static const char *const wide[] = {"INBOX", "\\Archive", "Lists/%", "all"};
static const char *const exclude[] = {"\\Junk", "*.old"};

static const struct rule rules[] = {
    {.mailbox = "%/\xc3\xa4*"},
    {.from = "*@*.example", .push = RULE_NEVER},
    {.gmail_search = "in:\"a\\", .push = RULE_NEVER},
    {.subject = "*a?b*", .push = RULE_LATER},
    {.list_id = "*", .to = "*x*"}};

static struct account account = {
    .name = "work",
    .host = "imap.test",
    .user = "alice",
    .tls = ACCOUNT_TLS_NONE,
    .exclude = exclude,
    .exclude_count = sizeof exclude / sizeof *exclude,
    .refresh_interval_s = 540,
    .poll_interval_s = 300,
    .deliveries_only = true,
};

static struct plan plan = {.account = &account, .refresh_interval_s = 540};

/* What the core knows: the mailboxes that the lead found, and their cursors. */
static struct task tasks[TASKS_KNOWN];

/* ---- the core's part ---- */

static void add_task(const char *name)
{
    struct cursor cursor = {0, 0}; /* never seen */

    if (wire_task_count == TASKS_KNOWN)
        return;
    if (strcmp(name, "INBOX") == 0)
        cursor = (struct cursor){7, 100};
    if (strcmp(name, NAMED) == 0)
        cursor = (struct cursor){9, 5};
    tasks[wire_task_count] = (struct task){.mailbox = {strdup(name), cursor},
                                           .polled = wire_task_count > 0};
    wire_task_count++;
}

/* Names are const for those who do not own them. */
static void free_name(const char *name)
{
    free((void *)(uintptr_t)name);
}

static void forget_tasks(void)
{
    while (wire_task_count > 0)
        free_name(tasks[--wire_task_count].mailbox.name);
}

static void take_report(const struct report *report)
{
    bool ordered =
        wire_task_count == TASKS_KNOWN; /* too many to know them all */

    if (report->type == REPORT_MAILBOX)
        add_task(report->mailbox);
    if (report->type == REPORT_OFFER && wire_task_count > 0)
        wire.order = ORDER_WATCH;
    if (report->type != REPORT_CURSOR && report->type != REPORT_NEWS)
        return;
    for (size_t i = 0; i < wire_task_count; i++)
        ordered =
            ordered || strcmp(tasks[i].mailbox.name, report->mailbox) == 0;
    must(ordered);
    must(report->rules >> account.rule_count == 0 ||
         report->rules >> RULE_NONE == 1);
    must(report->head_count == 0 || account.show_headers);
    for (size_t i = 0; i < report->head_count; i++)
        must(report->rules >> report->heads[i].rule & 1);
}

/* ---- the session, as session_run() has it ---- */

static void begin(struct session *session)
{
    static struct record scratch;

    *session = (struct session){.plan = &plan,
                                .account = &account,
                                .link = WIRE_LINK,
                                .scratch = &scratch,
                                .leave_ms = CLOCK_NEVER};
    link_promise(session, LOOKUP_MS);
    stream_init(&session->stream, WIRE_SERVER, WIRE_LINK);
    dialogue_init(&session->dialogue, &session->stream);
    memcpy(session->dialogue.prefix, PREFIX, sizeof PREFIX);
}

static void finish(struct session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        free_name(session->watched[i].mailbox.name);
        free(session->watched[i].wire);
    }
    free(session->watched);
    free(session->heads);
    free(session->waiting);
    dialogue_finish(&session->dialogue);
    stream_finish(&session->stream);
    forget_tasks();
}

/* ---- the input ---- */

static void choose(uint8_t letter)
{
    bool has_names = letter != 'p';

    account.mailboxes = has_names ? names : wide;
    account.mailbox_count =
        has_names ? sizeof names / sizeof *names : sizeof wide / sizeof *wide;
    account.auth = letter == 'o' ? ACCOUNT_AUTH_OAUTH2 : ACCOUNT_AUTH_PASSWORD;
    account.rules = rules;
    account.rule_count = has_names ? 0 : sizeof rules / sizeof *rules;
    account.show_headers = letter != 'n';
    plan.lead = letter != 's';
    wire.marks = true;
    wire.prefix = PREFIX;
    wire_tasks = tasks;
    wire_take = take_report;
    if (!plan.lead) {
        add_task("INBOX");
        wire.order = ORDER_WATCH;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct session session;
    struct buffer secret;
    struct error err = {0};

    if (size == 0)
        return -1;
    log_set_level(LOG_ERROR); /* a hostile server has much to be logged */
    wire_begin(data + 1, size - 1, 0);
    choose(*data);
    begin(&session);
    buffer_init(&secret, 64);
    buffer_add_text(&secret, "open-sesame");
    if (login(&session, &secret, &err) == 0)
        ladder_watch(&session, &err);
    must(err.code[0] && err.text[0]);
    must(fuzz_is_clean(err.text));
    must(wire.now_ms <= wire.by_ms);
    buffer_finish(&secret);
    finish(&session);
    return 0;
}
