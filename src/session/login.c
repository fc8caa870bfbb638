#include "session/login.h"

#include "base/clock.h"
#include "base/log.h"
#include "session/capability.h"
#include "session/link.h"
#include "session/probe.h"
#include "session/sasl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Some servers answer ID neither with OK nor with NO. */
#define ID_MS 10000

/* ---- the greeting ---- */

static int not_imap(const struct reply *reply, struct error *err)
{
    char said[80];
    size_t length =
        reply->length < sizeof said ? reply->length : sizeof said - 1;

    if (!reply->raw)
        length = 0;
    if (length > 0)
        memcpy(said, reply->raw, length);
    said[length] = '\0';
    said[strcspn(said, "\r\n")] = '\0';
    return error_set(err, ERROR_LATER, "greeting",
                     "this is not an IMAP server: it says '%s' (is the port "
                     "right, and does the network ask for a log-in page?)",
                     said);
}

/* 1: logged in already (PREAUTH). 0: go on. */
static int judge_greeting(struct session *session, struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    struct reply *reply = &dialogue->reply;

    dialogue_be_patient(dialogue);
    if (reader_next(&dialogue->reader, reply, err) < 0)
        return -1;
    if (reply->kind != REPLY_STATUS)
        return not_imap(reply, err);
    switch (reply->condition) {
    case CONDITION_OK:
        if (strcasecmp(reply->code, "ALERT") == 0)
            log_warning("the server wants you to know: %s", reply->text);
        return 0;
    case CONDITION_PREAUTH:
        if (!session->stream.tls)
            return error_set(err, ERROR_PERSON, "greeting",
                             "the server skips the login, and with it TLS "
                             "(PREAUTH); this is not the server that you want, "
                             "or it needs tls = \"implicit\"");
        return 1;
    case CONDITION_BYE:
        return error_set(err, ERROR_LATER, "bye",
                         "the server turned us away: %s", reply->text);
    default:
        return not_imap(reply, err);
    }
}

/* ---- capabilities ---- */

static int ask_capabilities(struct session *session, struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    tag_number tag = dialogue_command(dialogue, err, "CAPABILITY");
    enum dialogue_event event;

    if (!tag)
        return -1;
    session->capabilities = 0;
    while ((event = dialogue_await(dialogue, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (event == DIALOGUE_DATA &&
            dialogue->response.kind == RESPONSE_CAPABILITY &&
            dialogue->response.understood)
            session->capabilities |= capability_parse(dialogue->response.words);
    }
    if (dialogue->reply.condition != CONDITION_OK)
        return dialogue_refused(dialogue, "to say what it can do", ERROR_LATER,
                                err);
    return 0;
}

/* ---- TLS ---- */

static int start_tls(struct session *session, struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    const struct account *account = session->account;

    if (!(session->capabilities & CAPABILITY_STARTTLS))
        return error_set(err, ERROR_LATER, "starttls",
                         "the server does not offer STARTTLS, so nothing "
                         "secret is sent; try tls = \"implicit\" (port 993)");
    tag_number tag = dialogue_command(dialogue, err, "STARTTLS");
    int refused = tag ? dialogue_finish_command(dialogue, tag, err) : -1;

    if (refused > 0)
        return error_set(err, ERROR_LATER, "starttls",
                         "the server refused STARTTLS, so nothing secret is "
                         "sent: %s",
                         dialogue->reply.text);
    if (refused < 0 || stream_start_tls(&session->stream, account->tls_name,
                                        account->ca_file, err) < 0)
        return -1;
    probe_note_tls(session);
    return ask_capabilities(session, err); /* those before TLS do not count */
}

/* ---- ID ---- */

/* Whatever the server thinks of it, the session goes on. */
static int introduce(struct session *session, struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    enum dialogue_event event;
    tag_number tag = dialogue_command(dialogue, err,
                                      "ID (\"name\" \"imappushd\" \"version\" "
                                      "\"" IMAPPUSHD_VERSION "\")");

    if (!tag)
        return -1;
    if (dialogue->patience_ms > ID_MS)
        stream_set_patience(&session->stream, ID_MS);
    do {
        event = dialogue_await(dialogue, tag, err);
        if (event == DIALOGUE_STATUS &&
            dialogue->reply.condition == CONDITION_BAD)
            return 0; /* "* BAD malformed command", and nothing more */
    } while (event != DIALOGUE_DONE && event != DIALOGUE_ERROR);
    if (event == DIALOGUE_DONE || strcmp(err->code, "timeout") == 0)
        return 0;
    return -1;
}

int login(struct session *session, struct buffer *secret, struct error *err)
{
    const struct account *account = session->account;
    int greeted = 0;

    dialogue_be_patient(&session->dialogue);
    if (account->tls == ACCOUNT_TLS_IMPLICIT &&
        stream_start_tls(&session->stream, account->tls_name, account->ca_file,
                         err) < 0)
        return -1;
    if (account->tls != ACCOUNT_TLS_STARTTLS)
        probe_note_tls(session);
    link_stay_alive(session);
    greeted = judge_greeting(session, err);
    if (greeted < 0)
        return -1;
    if (greeted == 0) {
        link_stay_alive(session);
        if (ask_capabilities(session, err) < 0)
            return -1;
        if (account->tls == ACCOUNT_TLS_STARTTLS && start_tls(session, err) < 0)
            return -1;
        link_stay_alive(session);
        if (sasl_log_in(session, secret, err) < 0)
            return -1;
        echo_finish(&session->dialogue.echo);
    }
    buffer_finish(secret);
    probe_note_login(session);
    link_stay_alive(session);
    if (ask_capabilities(session, err) < 0)
        return -1;
    if (session->capabilities & CAPABILITY_ID)
        return introduce(session, err);
    return 0;
}
