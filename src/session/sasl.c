/*
 * A mechanism here has one message. It goes with the command where the server
 * takes that (SASL-IR, RFC 4959), else as the answer to its "+". Where a token
 * is refused the server says why in a further "+", and says NO only when that
 * is answered, too (RFC 7628 §3.2.3; Google's XOAUTH2): who reads on instead
 * waits for ever.
 */
#include "session/sasl.h"

#include "session/quote.h"

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a server has to take as one line; a longer one may be too long for it
 * (RFC 2683 §3.2.1.5). */
#define COMMAND_MAX 8000

/* Nobody has more to ask than this. */
#define CHALLENGES_MAX 4
#define CHALLENGE_MAX 4096

struct mechanism {
    const char *name;
    void (*compose)(const struct account *account, const struct buffer *secret,
                    struct buffer *message);
    const char *give_up; /* the answer to a "+" that is not for the message */
};

struct exchange {
    struct dialogue *dialogue;
    const struct mechanism *mechanism;
    tag_number tag;
    struct buffer message; /* in Base64 */
    unsigned times_sent;
    unsigned challenges;
    char status[40]; /* why a token was refused, in the server's code */
};

/* ---- messages ---- */

/* NUL user NUL password (RFC 4616). */
static void compose_plain(const struct account *account,
                          const struct buffer *secret, struct buffer *message)
{
    buffer_add(message, "", 1);
    buffer_add(message, account->user, strlen(account->user) + 1);
    buffer_add(message, secret->data, secret->length);
}

static void compose_xoauth2(const struct account *account,
                            const struct buffer *secret, struct buffer *message)
{
    buffer_printf(message, "user=%s\1auth=Bearer %s\1\1", account->user,
                  secret->data);
}

/* A user as GS2 has it (RFC 5801 §4): without the two marks of its header. */
static void add_saslname(struct buffer *message, const char *name)
{
    for (; *name; name++) {
        if (*name == ',')
            buffer_add_text(message, "=2C");
        else if (*name == '=')
            buffer_add_text(message, "=3D");
        else
            buffer_add(message, name, 1);
    }
}

static void compose_oauthbearer(const struct account *account,
                                const struct buffer *secret,
                                struct buffer *message)
{
    buffer_add_text(message, "n,a=");
    add_saslname(message, account->user);
    buffer_printf(message, ",\1host=%s\1port=%u\1auth=Bearer %s\1\1",
                  account->host, account->port, secret->data);
}

static const struct mechanism plain = {"PLAIN", compose_plain, "*"};
static const struct mechanism xoauth2 = {"XOAUTH2", compose_xoauth2, ""};
static const struct mechanism oauthbearer = {"OAUTHBEARER", compose_oauthbearer,
                                             "AQ=="}; /* a lone ^A */

/* The mechanism's message in Base64 (RFC 4648 §4). */
static void encode(const struct mechanism *mechanism,
                   const struct account *account, const struct buffer *secret,
                   struct buffer *out)
{
    struct buffer clear;
    gnutls_datum_t bytes, encoded;

    buffer_init(&clear, SIZE_MAX / 2);
    mechanism->compose(account, secret, &clear);
    bytes = (gnutls_datum_t){.data = (unsigned char *)clear.data,
                             .size = (unsigned)clear.length};
    if (gnutls_base64_encode2(&bytes, &encoded) != 0)
        abort(); /* no memory */
    buffer_add(out, encoded.data, encoded.size);
    explicit_bzero(encoded.data, encoded.size);
    gnutls_free(encoded.data);
    buffer_finish(&clear);
}

/* ---- what the server says in between ---- */

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

/* Takes the code out of {"status":"invalid_token",...}. Only what looks like
 * one is taken: it is a stranger's text, and goes to the log. */
static void note_status(struct exchange *exchange, const char *json)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    const char *at = strstr(json, "\"status\"");

    if (!at)
        return;
    at += strlen("\"status\"");
    at += strspn(at, " \t\r\n:\"");
    snprintf(exchange->status, sizeof exchange->status, "%.*s",
             (int)strspn(at, allowed), at);
    if (echo_holds(&exchange->dialogue->echo, exchange->status))
        exchange->status[0] = '\0';
}

static void decode_challenge(struct exchange *exchange, const char *text)
{
    gnutls_datum_t bytes = {.size = (unsigned)strlen(text)}, decoded;
    char json[CHALLENGE_MAX];

    if (bytes.size == 0 || bytes.size > CHALLENGE_MAX)
        return;
    bytes.data = (unsigned char *)(uintptr_t)text;
    if (gnutls_base64_decode2(&bytes, &decoded) != 0)
        return;
    snprintf(json, sizeof json, "%.*s", (int)decoded.size, decoded.data);
    gnutls_free(decoded.data);
    note_status(exchange, json);
}

static int send_line(struct dialogue *dialogue, const char *text,
                     struct error *err)
{
    struct buffer line;

    buffer_init(&line, SIZE_MAX / 2);
    buffer_add_text(&line, text);
    buffer_add_text(&line, "\r\n");
    return dialogue_send(dialogue, &line, err);
}

/* Does this "+" ask for the message? An empty one does, even where the message
 * went with the command: not every server that says SASL-IR looks at it. */
static bool asks_for_message(const struct exchange *exchange)
{
    if (exchange->times_sent == 0)
        return true;
    return exchange->dialogue->reply.text[0] == '\0' &&
           exchange->times_sent == 1 && exchange->challenges == 1;
}

static int answer(struct exchange *exchange, struct error *err)
{
    struct dialogue *dialogue = exchange->dialogue;

    if (++exchange->challenges > CHALLENGES_MAX)
        return error_set(err, ERROR_LATER, "protocol",
                         "the server asks on and on instead of letting us in "
                         "or not");
    if (asks_for_message(exchange)) {
        exchange->times_sent++;
        return send_line(dialogue, exchange->message.data, err);
    }
    decode_challenge(exchange, dialogue->reply.text);
    return send_line(dialogue, exchange->mechanism->give_up, err);
}

/* 0: logged in. 1: refused. */
static int run(struct exchange *exchange, bool at_once, struct error *err)
{
    struct dialogue *dialogue = exchange->dialogue;
    struct buffer batch;
    int ended;

    buffer_init(&batch, SIZE_MAX / 2);
    exchange->times_sent = at_once;
    exchange->tag = dialogue_add(dialogue, &batch, "AUTHENTICATE %s%s%s",
                                 exchange->mechanism->name, at_once ? " " : "",
                                 at_once ? exchange->message.data : "");
    if (dialogue_send(dialogue, &batch, err) < 0)
        return -1;
    while ((ended = await_continue(dialogue, exchange->tag, err)) == 0) {
        if (answer(exchange, err) < 0)
            return -1;
    }
    return ended < 0 ? -1 : dialogue->reply.condition != CONDITION_OK;
}

/* 0: logged in. 1: refused; status says why where the server did. */
static int authenticate(struct session *session,
                        const struct mechanism *mechanism,
                        const struct buffer *secret, char *status, size_t size,
                        struct error *err)
{
    struct exchange exchange = {.dialogue = &session->dialogue,
                                .mechanism = mechanism};

    buffer_init(&exchange.message, SIZE_MAX / 2);
    encode(mechanism, session->account, secret, &exchange.message);
    echo_expect(&session->dialogue.echo, exchange.message.data);
    bool at_once = session->capabilities & CAPABILITY_SASL_IR &&
                   exchange.message.length <= COMMAND_MAX;
    int refused = run(&exchange, at_once, err);

    buffer_finish(&exchange.message);
    snprintf(status, size, "%s", exchange.status);
    return refused;
}

/* ---- LOGIN ---- */

/* Sends the line that a "+" asked for, then waits for the command's end. */
static int send_last(struct dialogue *dialogue, tag_number tag,
                     const struct buffer *line, struct error *err)
{
    if (send_line(dialogue, line->data, err) < 0)
        return -1;
    return dialogue_finish_command(dialogue, tag, err);
}

/* What is not ASCII goes as literals (RFC 3501 §4.3). 1: refused. */
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
        size_t begin = line.length;

        if (quote_is_ascii(words[i])) {
            quote_add(&line, words[i]);
            if (i == 1) /* quotes may make it another text */
                echo_expect(&dialogue->echo, line.data + begin);
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
        tag = dialogue_command(dialogue, err, "%s", line.data);
        result = tag ? dialogue_finish_command(dialogue, tag, err) : -1;
    } else if (result == 0) {
        result = send_last(dialogue, tag, &line, err);
    }
    buffer_finish(&line);
    buffer_finish(&batch);
    return result;
}

/* ---- which way ---- */

static int no_way(const struct session *session, const char *what,
                  struct error *err)
{
    return error_set(
        err, ERROR_PERSON, "login", "%s%s", what,
        session->account->tls == ACCOUNT_TLS_NONE ? "; it may want TLS" : "");
}

/* Words for a person about a refusal that does not pass by itself. */
static int refused(const struct session *session, const char *what,
                   const char *advice, struct error *err)
{
    dialogue_refused(&session->dialogue, what, ERROR_PERSON, err);
    if (err->class == ERROR_PERSON) {
        error_prefix(err, "%s: ", advice);
        snprintf(err->code, sizeof err->code, "login");
    }
    return -1;
}

static int with_password(struct session *session, const struct buffer *secret,
                         struct error *err)
{
    char status[1];
    int result;

    if (session->capabilities & CAPABILITY_AUTH_PLAIN)
        result =
            authenticate(session, &plain, secret, status, sizeof status, err);
    else if (session->capabilities & CAPABILITY_LOGINDISABLED)
        return no_way(session,
                      "the server takes no password here (LOGINDISABLED)", err);
    else
        result = plain_login(session, secret, err);
    return result <= 0
               ? result
               : refused(session, "the login", "check user and password", err);
}

/* XOAUTH2 first: all that offer OAUTHBEARER are said to take it, and what went
 * wrong with it is better known. */
static int with_token(struct session *session, const struct buffer *token,
                      struct error *err)
{
    const struct mechanism *mechanism =
        session->capabilities & CAPABILITY_AUTH_XOAUTH2       ? &xoauth2
        : session->capabilities & CAPABILITY_AUTH_OAUTHBEARER ? &oauthbearer
                                                              : NULL;
    char status[40], what[80];

    if (!mechanism)
        return no_way(session,
                      "the server offers neither XOAUTH2 nor OAUTHBEARER, so "
                      "auth = \"oauth2\" does not go with it",
                      err);
    int result =
        authenticate(session, mechanism, token, status, sizeof status, err);

    if (result <= 0)
        return result;
    snprintf(what, sizeof what, "the access token%s%s%s",
             *status ? " (status " : "", status, *status ? ")" : "");
    return refused(session, what,
                   "check user and that the token is for this user's IMAP",
                   err);
}

int sasl_log_in(struct session *session, const struct buffer *secret,
                struct error *err)
{
    echo_expect(&session->dialogue.echo, secret->data);
    return session->account->auth == ACCOUNT_AUTH_OAUTH2
               ? with_token(session, secret, err)
               : with_password(session, secret, err);
}
