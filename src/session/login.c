#include "session/login.h"

#include "base/clock.h"
#include "base/log.h"
#include "session/capability.h"
#include "session/link.h"
#include "session/probe.h"
#include "session/quote.h"

#include <gnutls/gnutls.h>
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

/* ---- the secret ---- */

/* Base64 of NUL user NUL secret (RFC 4616) into out. */
static void encode_plain(const char *user, const struct buffer *secret,
                         struct buffer *out)
{
    struct buffer clear;
    gnutls_datum_t bytes, encoded;

    buffer_init(&clear, SIZE_MAX / 2);
    buffer_add(&clear, "", 1);
    buffer_add(&clear, user, strlen(user) + 1);
    buffer_add(&clear, secret->data, secret->length);
    bytes = (gnutls_datum_t){.data = (unsigned char *)clear.data,
                             .size = (unsigned)clear.length};
    if (gnutls_base64_encode2(&bytes, &encoded) == 0) {
        buffer_add(out, encoded.data, encoded.size);
        explicit_bzero(encoded.data, encoded.size);
        gnutls_free(encoded.data);
    }
    buffer_finish(&clear);
}

/* Waits for the "+" that asks for more: 0; 1 when the command ended. */
static int await_continue(struct dialogue *dialogue, tag_number tag,
                          struct error *err)
{
    for (;;) {
        switch (dialogue_await(dialogue, tag, err)) {
        case DIALOGUE_ERROR:
            return -1;
        case DIALOGUE_CONTINUE:
            return 0;
        case DIALOGUE_DONE:
            return 1;
        default:
            break;
        }
    }
}

/* Sends the line that a "+" asked for, then waits for the command's end. */
static int send_line(struct dialogue *dialogue, tag_number tag,
                     struct buffer *line, struct error *err)
{
    buffer_add_text(line, "\r\n");
    if (dialogue_send(dialogue, line, err) < 0)
        return -1;
    return dialogue_finish_command(dialogue, tag, err);
}

static int authenticate_plain(struct session *session,
                              const struct buffer *secret, struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    bool at_once = session->capabilities & CAPABILITY_SASL_IR;
    struct buffer line, batch;
    int result;

    buffer_init(&line, SIZE_MAX / 2);
    buffer_init(&batch, SIZE_MAX / 2);
    encode_plain(session->account->user, secret, &line);
    tag_number tag = dialogue_add(dialogue, &batch, "AUTHENTICATE PLAIN%s%s",
                                  at_once ? " " : "", at_once ? line.data : "");

    result = dialogue_send(dialogue, &batch, err);
    if (result == 0 && at_once)
        result = dialogue_finish_command(dialogue, tag, err);
    else if (result == 0 && (result = await_continue(dialogue, tag, err)) == 0)
        result = send_line(dialogue, tag, &line, err);
    buffer_finish(&line);
    return result;
}

/* LOGIN; what is not ASCII goes as literals (RFC 3501 §4.3). */
static int plain_login(struct session *session, const struct buffer *secret,
                       struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    const char *words[] = {session->account->user, secret->data};
    struct buffer line, batch;
    tag_number tag = 0;
    int result = 0;

    buffer_init(&line, SIZE_MAX / 2);
    buffer_init(&batch, SIZE_MAX / 2);
    buffer_add_text(&line, "LOGIN");
    for (int i = 0; i < 2 && result == 0; i++) {
        buffer_add(&line, " ", 1);
        if (quote_is_ascii(words[i])) {
            quote_add(&line, words[i]);
            continue;
        }
        buffer_printf(&line, "{%zu}", strlen(words[i]));
        if (tag)
            buffer_add_text(&line, "\r\n");
        else
            tag = dialogue_add(dialogue, &batch, "%s", line.data);
        result = dialogue_send(dialogue, batch.length ? &batch : &line, err);
        buffer_finish(&line);
        if (result == 0)
            result = await_continue(dialogue, tag, err);
        buffer_add_text(&line, words[i]);
    }
    if (result == 0 && !tag) {
        tag = dialogue_add(dialogue, &batch, "%s", line.data);
        result = dialogue_send(dialogue, &batch, err);
        if (result == 0)
            result = dialogue_finish_command(dialogue, tag, err);
    } else if (result == 0) {
        result = send_line(dialogue, tag, &line, err);
    }
    buffer_finish(&line);
    buffer_finish(&batch);
    return result;
}

static int authenticate(struct session *session, const struct buffer *secret,
                        struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    int refused;

    if (session->capabilities & CAPABILITY_AUTH_PLAIN)
        refused = authenticate_plain(session, secret, err);
    else if (session->capabilities & CAPABILITY_LOGINDISABLED)
        return error_set(err, ERROR_PERSON, "login",
                         "the server takes no password here (LOGINDISABLED%s)",
                         session->account->tls == ACCOUNT_TLS_NONE
                             ? "; it may want TLS"
                             : "");
    else
        refused = plain_login(session, secret, err);
    if (refused <= 0)
        return refused;
    dialogue_refused(dialogue, "the login", ERROR_PERSON, err);
    if (err->class == ERROR_PERSON) {
        error_prefix(err, "check user and password: ");
        snprintf(err->code, sizeof err->code, "login");
    }
    return -1;
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
        if (authenticate(session, secret, err) < 0)
            return -1;
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
