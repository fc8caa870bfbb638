#include "session/probe.h"

#include "base/clock.h"
#include "session/idle.h"
#include "session/ladder.h"
#include "session/link.h"
#include "session/listing.h"
#include "session/tls.h"
#include "session/watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* ---- up to the login ---- */

void probe_note_secret(struct session *session)
{
    const struct account *account = session->account;

    link_step(session, STEP_SECRET, STEP_DONE, "from %s",
              session->plan->secret       ? "a person or a script"
              : account->password_command ? "password_command"
              : account->password_file    ? "password_file"
                                          : "the keyring or the file store");
}

static const char *numeric(const struct sockaddr *address, socklen_t size,
                           char *text, size_t room)
{
    if (getnameinfo(address, size, text, (socklen_t)room, NULL, 0,
                    NI_NUMERICHOST) != 0)
        snprintf(text, room, "?");
    return text;
}

void probe_note_addresses(struct session *session,
                          const struct addrinfo *addresses)
{
    struct buffer list;
    char text[NI_MAXHOST];

    buffer_init(&list, 600); /* more need not be said */
    for (const struct addrinfo *at = addresses; at; at = at->ai_next)
        buffer_printf(&list, "%s%s", at == addresses ? "" : ", ",
                      numeric(at->ai_addr, at->ai_addrlen, text, sizeof text));
    link_step(session, STEP_LOOKUP, STEP_DONE, "%s is %s",
              session->account->host, list.data);
    buffer_finish(&list);
}

void probe_note_connection(struct session *session, int fd)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    union {
        struct sockaddr_storage *in;
        struct sockaddr *out;
    } to = {&peer};
    char text[NI_MAXHOST];

    if (getpeername(fd, to.out, &size) == 0)
        link_step(session, STEP_CONNECT, STEP_DONE, "to %s, port %u",
                  numeric(to.out, size, text, sizeof text),
                  session->account->port);
}

void probe_note_tls(struct session *session)
{
    char text[600];

    if (!session->stream.tls) {
        link_step(session, STEP_TLS, STEP_LACKS,
                  "none, as tls = \"none\" wants it: on this machine only");
        return;
    }
    tls_describe(session->stream.tls, text, sizeof text);
    link_step(session, STEP_TLS, STEP_DONE, "%s", text);
}

void probe_note_login(struct session *session)
{
    link_step(session, STEP_LOGIN, STEP_DONE, "as %s", session->account->user);
}

/* ---- after it ---- */

static void note_offer(struct session *session)
{
    const unsigned can = session->capabilities;
    const struct account *account = session->account;

    if (!(can & CAPABILITY_IDLE))
        link_step(session, STEP_OFFER, STEP_LACKS,
                  "no IDLE: the mailboxes are polled, every %d s",
                  account->poll_interval_s);
    else if (!(can & CAPABILITY_NOTIFY))
        link_step(session, STEP_OFFER, STEP_DONE,
                  "IDLE, but not NOTIFY: a connection for each of the first %d "
                  "mailboxes, the others are polled",
                  account->max_connections);
    else
        link_step(session, STEP_OFFER, STEP_DONE,
                  "NOTIFY and IDLE: one connection for all mailboxes");
}

/* Which there are, and which of them are watched from now on. */
static int note_mailboxes(struct session *session, struct error *err)
{
    struct selection selection = {0};
    struct listing_sum sum = {0};
    int result = listing_show(session, &selection, &sum, err);

    for (size_t i = 0; i < selection.count && result == 0; i++)
        watch_add(session, selection.list[i].name);
    if (result == 0)
        link_step(session, STEP_MAILBOXES,
                  sum.missing > 0 ? STEP_LACKS : STEP_DONE,
                  "%zu, of which %zu %s watched%s%s%s", sum.all,
                  selection.count - sum.missing,
                  selection.count - sum.missing == 1 ? "is" : "are",
                  sum.missing > 0 ? "; not on the server: " : "",
                  sum.missing > 0 ? sum.first_missing : "",
                  sum.missing > 1 ? " and others" : "");
    selection_finish(&selection);
    return result;
}

/* Is IDLE really answered, by a "+" and, after DONE, by its end? As
 * idle_enter(). */
static int try_idle(struct session *session, struct error *err)
{
    struct idle idle = {0};
    int refused = idle_enter(session, &idle, err);

    return refused ? refused : idle_leave(session, &idle, err);
}

/* As it is done when watching. */
static int note_watch(struct session *session, struct error *err)
{
    struct error refusal = {0};
    int refused = 0;

    session->watch = ladder_begin(session);
    if (watch_open_own(session, err) < 0)
        return -1;
    int64_t begun_ms = clock_boottime_ms();

    if (session->watch == WATCH_NOTIFY &&
        (refused = watch_notify_set(session, &refusal)) > 0)
        session->watch = WATCH_IDLE;
    if (refused >= 0 && session->watch != WATCH_POLL) {
        int idles = try_idle(session, &refusal);

        if (idles > 0)
            session->watch = WATCH_POLL;
        refused = idles ? idles : refused;
    }
    if (refused < 0) {
        *err = refusal;
        return -1;
    }
    link_step(session, STEP_WATCH, refused ? STEP_LACKS : STEP_DONE,
              "by %s: answered in %lld ms%s%s", watch_name(session->watch),
              (long long)(clock_boottime_ms() - begun_ms), refused ? "; " : "",
              refused ? refusal.text : "");
    return 0;
}

static void note_metadata(struct session *session)
{
    if (session->capabilities & CAPABILITY_METADATA)
        link_step(session, STEP_METADATA, STEP_DONE, "offered (RFC 5464)");
    else
        link_step(session, STEP_METADATA, STEP_HINT,
                  "off, so an app that registers itself needs a mailbox for "
                  "that (imappushd-register(7)); for Dovecot: "
                  "mail_attribute_dict and imap_metadata = yes");
}

void probe_run(struct session *session, struct error *err)
{
    struct error trouble = {0};

    note_offer(session);
    if (note_mailboxes(session, &trouble) < 0 ||
        (session->plan->purpose == PURPOSE_TEST &&
         note_watch(session, &trouble) < 0))
        *err = trouble;
    else
        note_metadata(session);
}
