/*
 * A whole session with a server that may say anything at any time: the login,
 * then watching by NOTIFY, IDLE or polling, as far down as the server drives
 * it. The input is what the server says, with the marks of wire.h.
 *
 * What must hold: the core understands every report, a report is about one of
 * the account's mailboxes, a session that has failed says how, and none waits
 * longer than it has promised.
 */
#include "wire.h"

#include "base/log.h"
#include "session/link.h"
#include "session/login.h"
#include "session/utf7.h"
#include "session/watch.h"

#define NAMED "Entw\xc3\xbcrfe"
#define PREFIX "abc"

/* What session_run() promises before it connects. */
#define LOOKUP_MS 60000

static const struct account account = {
    .name = "work",
    .host = "imap.test",
    .user = "alice",
    .tls = ACCOUNT_TLS_NONE,
    .refresh_interval_s = 540,
    .poll_interval_s = 300,
    .deliveries_only = true,
};

/* One that has been seen, one that has not, one with a name to be encoded. */
static const struct mailbox mailboxes[] = {
    {"INBOX", {7, 100}},
    {"Archive", {0, 0}},
    {NAMED, {9, 5}},
};

#define COUNT (sizeof mailboxes / sizeof *mailboxes)

static const struct plan plan = {
    .account = &account, .mailboxes = mailboxes, .count = COUNT, .lead = true};

static void look_at_report(const struct report *report)
{
    bool known = false;

    for (size_t i = 0; report->mailbox && i < COUNT; i++)
        known = known || strcmp(report->mailbox, mailboxes[i].name) == 0;
    must(known || !report->mailbox);
}

/* As session_run() does, without secret and connection. */
static void begin(struct session *session, struct watched *watched)
{
    static struct record scratch;

    *session = (struct session){
        .plan = &plan,
        .account = &account,
        .link = WIRE_LINK,
        .scratch = &scratch,
        .watched = watched,
        .count = COUNT,
        .selected = COUNT,
    };
    for (size_t i = 0; i < COUNT; i++) {
        watched[i] = (struct watched){
            .mailbox = mailboxes[i],
            .wire = utf7_quoted(mailboxes[i].name),
            .rules = {.deliveries_only = account.deliveries_only}};
    }
    link_promise(session, LOOKUP_MS);
    stream_init(&session->stream, WIRE_SERVER, WIRE_LINK);
    dialogue_init(&session->dialogue, &session->stream);
    memcpy(session->dialogue.prefix, PREFIX, sizeof PREFIX);
}

static enum watch best_offer(const struct session *session)
{
    if (!(session->capabilities & CAPABILITY_IDLE))
        return WATCH_POLL;
    return session->capabilities & CAPABILITY_NOTIFY ? WATCH_NOTIFY
                                                     : WATCH_IDLE;
}

static void watch(struct session *session, struct error *err)
{
    static int (*const ways[])(struct session *, struct error *) = {
        [WATCH_NOTIFY] = watch_by_notify,
        [WATCH_IDLE] = watch_by_idle,
        [WATCH_POLL] = watch_by_poll,
    };
    enum watch way = best_offer(session);
    int refused = 1;

    rules_attributes(&session->watched[0].rules,
                     session->capabilities & CAPABILITY_SAVEDATE,
                     session->capabilities & CAPABILITY_OBJECTID,
                     session->attributes, sizeof session->attributes);
    while (refused > 0) {
        must(way < WATCH_COUNT); /* polling cannot be refused */
        refused = ways[way++](session, err);
        must(fuzz_is_clean(err->text));
    }
}

static void finish(struct session *session)
{
    for (size_t i = 0; i < COUNT; i++)
        free(session->watched[i].wire);
    dialogue_finish(&session->dialogue);
    stream_finish(&session->stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct session session;
    static struct watched watched[COUNT];
    struct buffer secret;
    struct error err = {0};

    log_set_level(LOG_ERROR); /* a hostile server has much to be logged */
    wire_begin(data, size, 0);
    wire.marks = true;
    wire.prefix = PREFIX;
    wire_poll = &mailboxes[1];
    wire_poll_count = COUNT - 1;
    wire_look_at = look_at_report;
    begin(&session, watched);
    buffer_init(&secret, 64);
    buffer_add_text(&secret, "open sesame");
    if (login(&session, &secret, &err) == 0)
        watch(&session, &err);
    must(err.code[0] && err.text[0]);
    must(fuzz_is_clean(err.text));
    must(wire.now_ms <= wire.by_ms);
    buffer_finish(&secret);
    finish(&session);
    return 0;
}
