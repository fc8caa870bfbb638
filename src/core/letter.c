#include "core/letter.h"

#include "base/digest.h"
#include "base/request.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define SEQUENCE "X-Sequence-ID"
#define SEQUENCE_DIGITS 16

/* What a push says that a person asked for. */
#define TRIAL_TITLE "imappushd test"
#define TRIAL_BODY "Pushes reach this phone."

/* Headers may hold tokens, so this never reaches a child either. */
struct sheet {
    char headers[RECORD_MAX / 2];
    char body[RECORD_MAX / 2];
    char title[RECORD_MAX / 16];
    char tag[RECORD_MAX / 16];
    char navigate[RECORD_MAX / 16];
};

static struct sheet *sheet(void)
{
    static struct sheet *page;

    if (!page) {
        page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED)
            return page = NULL;
        madvise(page, sizeof *page, MADV_WIPEONFORK);
        madvise(page, sizeof *page, MADV_DONTDUMP);
    }
    return page;
}

struct pen {
    char *at;
    size_t left; /* a NUL always fits */
    bool full;
};

static void put(struct pen *pen, const char *text, size_t length)
{
    if (length >= pen->left) {
        pen->full = true;
        return;
    }
    memcpy(pen->at, text, length);
    pen->at += length;
    pen->left -= length;
    *pen->at = '\0';
}

/* How names are written into a body, so that one that a stranger chose cannot
 * say more than a name. */
enum quoting { PLAIN, FORM, JSON };

/* By the Content-Type that the owner set; without one it is a form. */
static enum quoting body_quoting(const struct endpoint *endpoint)
{
    if (endpoint->kind != ENDPOINT_PUT) /* for people */
        return PLAIN;
    for (size_t i = 0; i < endpoint->header_count; i++) {
        const char *header = endpoint->headers[i];

        if (strncasecmp(header, "Content-Type:", 13) != 0)
            continue;
        return strcasestr(header, "json")         ? JSON
               : strcasestr(header, "urlencoded") ? FORM
                                                  : PLAIN;
    }
    return FORM;
}

static void put_name(struct pen *pen, const char *name, enum quoting quoting)
{
    for (; *name; name++) {
        unsigned char byte = (unsigned char)*name;
        char quoted[8] = {*name};

        if (byte < 0x20 || byte == 0x7f)
            strcpy(quoted, "?");
        else if (quoting == FORM && !isalnum(byte) && !strchr("-._~", byte))
            snprintf(quoted, sizeof quoted, "%%%02X", byte);
        else if (quoting == JSON && (byte == '"' || byte == '\\'))
            snprintf(quoted, sizeof quoted, "\\%c", byte);
        put(pen, quoted, strlen(quoted));
    }
}

static void fill_in(struct pen *pen, const char *template,
                    const struct recipient *recipient, const char *version,
                    enum quoting quoting)
{
    while (*template) {
        size_t plain = strcspn(template, "%");

        put(pen, template, plain);
        template += plain;
        if (!*template)
            break;
        char what = template[1];

        if (what == 'a')
            put_name(pen, recipient->row.account, quoting);
        else if (what == 'm')
            put_name(pen, recipient->row.mailbox, quoting);
        else
            put(pen, what == 'v' ? version : "%",
                what == 'v' ? strlen(version) : 1);
        template += what ? 2 : 1;
    }
}

/* Does the owner set that header himself? */
static bool is_set(const struct endpoint *endpoint, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < endpoint->header_count; i++) {
        if (strncasecmp(endpoint->headers[i], name, length) == 0 &&
            endpoint->headers[i][length] == ':')
            return true;
    }
    return false;
}

static bool is_trial(const struct recipient *recipient)
{
    return recipient->trial.alone &&
           recipient->trial.version == recipient->row.assigned;
}

static void put_text(struct pen *pen, const char *text)
{
    put(pen, text, strlen(text));
}

/* Text for people, where there is nobody and nothing to name (the URL is a new
 * one, say): then it says that much. */
static const char *told(const struct recipient *recipient, const char *template)
{
    bool names = strstr(template, "%a") || strstr(template, "%m");

    return names && !recipient->row.account[0] ? "New mail" : template;
}

/* A header of ours, whose value is a template. */
static void put_header(struct pen *pen, const char *name, const char *template,
                       const struct recipient *recipient, const char *version,
                       enum quoting quoting)
{
    if (!*template || is_set(recipient->endpoint, name))
        return;
    put_text(pen, name);
    put_text(pen, ": ");
    fill_in(pen, template, recipient, version, quoting);
    put_text(pen, "\n");
}

/* What stands for all that may take each other's place on the screen. A trouble
 * must not be hidden by the next mail. */
static const char *tag_of(const struct recipient *recipient)
{
    return is_trial(recipient)        ? "imappushd-test"
           : recipient->row.attention ? "attention-%a"
                                      : recipient->endpoint->notification.tag;
}

/* ntfy shows one message for each sequence id, the newest. So it must not be
 * the version, which is another one each time, but what stays: one for each tag
 * and account. It has few characters that may be in it. */
static void put_sequence(struct pen *pen, const struct recipient *recipient,
                         const char *version)
{
    char both[2048], id[SEQUENCE_DIGITS + 1];
    struct pen text = {both, sizeof both, false};

    if (is_set(recipient->endpoint, SEQUENCE))
        return;
    put_text(&text, recipient->row.account);
    put_text(&text, "\n");
    fill_in(&text, tag_of(recipient), recipient, version, PLAIN);
    digest_hex(both, strlen(both), id, SEQUENCE_DIGITS);
    put_text(pen, SEQUENCE ": ");
    put_text(pen, id);
    put_text(pen, "\n");
}

/* What an ntfy server is told besides the text. It takes UTF-8 in headers. The
 * version is of no use to it, but to who looks at what was sent. */
static void put_ntfy_headers(struct pen *pen, const struct recipient *recipient,
                             const char *version)
{
    const struct notification *shown = &recipient->endpoint->notification;

    put_header(pen, "Content-Type", "text/plain; charset=utf-8", recipient,
               version, PLAIN);
    put_header(pen, "Title",
               is_trial(recipient)        ? TRIAL_TITLE
               : recipient->row.attention ? ""
                                          : told(recipient, shown->title),
               recipient, version, PLAIN);
    put_header(pen, "Click", shown->navigate, recipient, version, FORM);
    if (strcmp(version, "0") != 0) /* as long as there was none */
        put_header(pen, "X-Version", "%v", recipient, version, PLAIN);
    put_sequence(pen, recipient, version);
}

static const char *body_of(const struct recipient *recipient)
{
    const struct endpoint *endpoint = recipient->endpoint;
    const char *shown = endpoint->notification.body;

    if (endpoint->kind == ENDPOINT_PUT)
        return endpoint->body;
    if (is_trial(recipient))
        return TRIAL_BODY;
    if (recipient->row.attention)
        return endpoint->kind == ENDPOINT_NTFY ? "%a: %m" : "%m";
    if (endpoint->kind == ENDPOINT_NTFY && !*shown)
        shown = endpoint->body;
    return told(recipient, shown);
}

/* Sender and subject, where the endpoint shows them and they are known; null
 * otherwise. */
static const struct letterhead *letterhead_of(const struct recipient *recipient)
{
    bool shows = recipient->endpoint->payload == PAYLOAD_HEADERS &&
                 !recipient->row.attention && recipient->shown;

    return shows ? &recipient->shown->letterhead : NULL;
}

static bool has_own_title(const struct notification *shown)
{
    return shown->own_title && *shown->title;
}

/* Texts that the owner has set stay his. The sender is the title, and the
 * subject the body; where the title is the owner's, the body has both. */
static void put_title(struct pen *pen, const struct recipient *recipient,
                      const char *version)
{
    const struct notification *shown = &recipient->endpoint->notification;
    const struct letterhead *head = letterhead_of(recipient);

    if (head && head->from[0] && !has_own_title(shown))
        put_text(pen, head->from);
    else
        fill_in(pen,
                is_trial(recipient)        ? TRIAL_TITLE
                : recipient->row.attention ? "%a"
                                           : told(recipient, shown->title),
                recipient, version, PLAIN);
}

static void put_body(struct pen *pen, const struct recipient *recipient,
                     const char *version)
{
    const struct endpoint *endpoint = recipient->endpoint;
    const struct letterhead *head = letterhead_of(recipient);

    if (!head || endpoint->notification.own_body) {
        fill_in(pen, body_of(recipient), recipient, version,
                body_quoting(endpoint));
        return;
    }
    if (has_own_title(&endpoint->notification) && head->from[0]) {
        put_text(pen, head->from);
        put_text(pen, head->subject[0] ? ": " : "");
    }
    put_text(pen, head->subject);
}

/* What Web Push shows, besides its text: the courier makes JSON of it. False
 * where it is too long. */
static bool take_shown(const struct recipient *recipient, const char *version,
                       struct sheet *page, struct request *request)
{
    const struct endpoint *endpoint = recipient->endpoint;
    const struct notification *shown = &endpoint->notification;
    struct pen title = {page->title, sizeof page->title, false};
    struct pen tag = {page->tag, sizeof page->tag, false};
    struct pen navigate = {page->navigate, sizeof page->navigate, false};

    const struct letterhead *head = letterhead_of(recipient);

    put_title(&title, recipient, version);
    fill_in(&tag, tag_of(recipient), recipient, version, PLAIN);
    fill_in(&navigate, shown->navigate, recipient, version, FORM);
    request->title = page->title;
    request->tag = page->tag;
    request->navigate = page->navigate;
    request->account =
        endpoint->payload == PAYLOAD_SIGNAL ? "" : recipient->row.account;
    request->mail_from = head ? head->from : "";
    request->mail_subject = head ? head->subject : "";
    request->p256dh = endpoint->p256dh;
    request->auth = endpoint->auth;
    request->subject = endpoint->subject;
    request->urgency = endpoint->urgency;
    request->ttl_s = endpoint->ttl_s;
    request->small = recipient->small;
    return !title.full && !tag.full && !navigate.full;
}

/* delay: when an ntfy server is to show it; null for now. */
static void write_request(const struct recipient *recipient, int64_t version,
                          const char *delay, struct record *record)
{
    const struct endpoint *endpoint = recipient->endpoint;
    struct sheet *page = sheet();
    char number[24];

    record_start(record, COURIER_REQUEST);
    if (!page) {
        record->bad = true;
        return;
    }
    struct pen headers = {page->headers, sizeof page->headers, false};
    struct pen body = {page->body, sizeof page->body, false};

    *page = (struct sheet){0};
    snprintf(number, sizeof number, "%lld", (long long)version);
    for (size_t i = 0; i < endpoint->header_count; i++) {
        fill_in(&headers, endpoint->headers[i], recipient, number, PLAIN);
        put(&headers, "\n", 1);
    }
    if (endpoint->kind == ENDPOINT_NTFY)
        put_ntfy_headers(&headers, recipient, number);
    if (delay)
        put_header(&headers, "X-Delay", delay, recipient, number, PLAIN);
    put_body(&body, recipient, number);
    struct request request = {
        .id = recipient->serial,
        .version = version,
        .method = endpoint->method,
        .url = endpoint->url,
        .headers = page->headers,
        .body = page->body,
        .ca_file = endpoint->ca_file,
        .proxy = endpoint->proxy,
        .alive = delay != NULL,
        .public_only = endpoint->public_only,
        .insecure_http = endpoint->insecure_http,
    };

    bool fits = endpoint->kind != ENDPOINT_WEBPUSH ||
                take_shown(recipient, number, page, &request);

    request_pack(record, &request);
    record->bad = record->bad || headers.full || body.full || !fits;
    explicit_bzero(page, sizeof *page);
}

void letter_write(const struct recipient *recipient, int64_t version,
                  struct record *record)
{
    write_request(recipient, version, NULL, record);
}

/* ---- signs of life ---- */

/* What an ntfy server shows if it is not put off. */
static void describe_silence(int seconds, char *text, size_t size)
{
    bool hours = seconds % 3600 == 0;

    snprintf(text, size,
             "No word from your box for %d %s: it is off, has no network, or "
             "cannot watch your mail.",
             hours ? seconds / 3600 : seconds / 60, hours ? "h" : "min");
}

void letter_write_sign(const struct recipient *recipient, struct record *record)
{
    struct recipient sign = *recipient;
    struct endpoint endpoint = *recipient->endpoint;
    char silence[160], delay[24];
    bool is_ntfy = endpoint.kind == ENDPOINT_NTFY;

    describe_silence(endpoint.alive_s, silence, sizeof silence);
    snprintf(delay, sizeof delay, "%ds", endpoint.alive_s);
    endpoint.body = is_ntfy ? silence : "";
    endpoint.notification = (struct notification){
        .title = is_ntfy ? "Your box is silent" : "Your mail is being watched",
        .body = "",
        .tag = "alive",
        .navigate = "",
    };
    endpoint.urgency = "normal";
    endpoint.ttl_s = endpoint.alive_s;
    sign.endpoint = &endpoint;
    sign.row.account[0] = sign.row.mailbox[0] = '\0';
    sign.row.attention = false;
    sign.small = false; /* it is, without that */
    sign.shown = NULL;  /* it is about no mail */
    sign.trial.alone = false;
    write_request(&sign, recipient->row.assigned, delay, record);
}
