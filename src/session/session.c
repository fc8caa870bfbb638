#include "session/session.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "session/connect.h"
#include "session/expiry.h"
#include "session/ladder.h"
#include "session/link.h"
#include "session/login.h"
#include "session/probe.h"
#include "session/secret.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MS 30000

/* Password commands, the credential helper and name lookups bound themselves,
 * more or less. */
#define SECRET_MS 45000
#define LOOKUP_MS 60000

static void init(struct session *session, const struct plan *plan, int link)
{
    *session = (struct session){.plan = plan,
                                .account = plan->account,
                                .link = link,
                                .scratch = record_create(false),
                                .leave_ms = CLOCK_NEVER};
}

/* The way from a name to a socket, with the sandbox closed in between. */
static int connect_to_host(struct session *session, struct error *err)
{
    const struct account *account = session->account;
    const struct sandbox sandbox = {.readable = account->ca_file};

    probe_note_secret(session);
    link_promise(session, LOOKUP_MS);
    struct addrinfo *addresses =
        connect_lookup(account->host, account->port, err);

    if (!addresses)
        return -1;
    probe_note_addresses(session, addresses);
    sandbox_stranger(&sandbox);
    link_promise(session, CONNECT_MS + LINK_MARGIN_MS);
    int fd = connect_race(addresses, account->tls == ACCOUNT_TLS_NONE,
                          clock_patience_ms("ANSWER", CONNECT_MS), err);

    freeaddrinfo(addresses);
    if (fd < 0) {
        error_prefix(err, "%s port %u: ", account->host, account->port);
        return -1;
    }
    probe_note_connection(session, fd);
    stream_init(&session->stream, fd, session->link);
    dialogue_init(&session->dialogue, &session->stream);
    return 0;
}

static void work(struct session *session, struct error *err)
{
    struct report report = {.type = REPORT_LOGGED_IN};

    link_report(session, &report, 0);
    if (session->plan->purpose == PURPOSE_WATCH)
        ladder_watch(session, err);
    else
        probe_run(session, err);
}

static int get_secret(struct session *session, struct buffer *secret,
                      struct error *err)
{
    int64_t lives_s;

    if (secret_get(session->plan, secret, &lives_s, err) < 0)
        return -1;
    session->leave_ms = expiry_moment(lives_s);
    return 0;
}

void session_run(const struct plan *plan, int link)
{
    static struct session session;
    struct buffer secret;
    struct error err = {0};

    log_set_subject(plan->account->name);
    init(&session, plan, link);
    link_promise(&session, clock_patience_ms("COMMAND", SECRET_MS) +
                               secret_wait_ms(plan) + LINK_MARGIN_MS);
    buffer_init(&secret, SECRET_MAX);
    if (get_secret(&session, &secret, &err) == 0 &&
        connect_to_host(&session, &err) == 0 &&
        login(&session, &secret, &err) == 0)
        work(&session, &err);
    buffer_finish(&secret);
    link_end(&session, &err);
}
