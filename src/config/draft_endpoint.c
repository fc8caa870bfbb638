/*
 * What the table of keys cannot say about an endpoint: where its URL comes
 * from, and the forms of URL, headers and templates.
 *
 * Who reads a log, or a report that somebody sent to us, must not be able to
 * push: no complaint holds more of a URL, a header or a body than the label.
 */
#include "config/draft.h"

#include "base/alloc.h"
#include "base/digest.h"
#include "base/quiet.h"
#include "base/request.h"
#include "config/file.h"
#include "config/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* Public ntfy servers let one visitor send a message every five seconds. */
#define NTFY_INTERVAL_S 5
#define NTFY_DELAY_MAX_S 259200

/* Of each text of a notification: a message to a phone is a small one. */
#define SHOWN_MAX 1000

/* The characters of a header's name (RFC 9110 §5.6.2), but for '%', so that no
 * template can end up there. */
#define TOKEN                                                                  \
    "!#$&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"                       \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void complain(const struct object *object, const char *key,
                     const char *words)
{
    reading_error(object->reading, object_place(object, key), "%s %s", key,
                  words);
}

/* ---- the URL ---- */

/* The first line of the file, without blanks around it; null after a
 * complaint. */
static const char *read_url_file(const struct object *object, const char *path)
{
    struct place place = {path, 0};
    const char *url = NULL;
    struct file file;

    if (file_read(object->reading, path, &file) == 0) {
        char *begin = file.text.data + strspn(file.text.data, " \t");
        size_t length = strcspn(begin, "\n");

        while (length > 0 && strchr(" \t", begin[length - 1]))
            length--;
        begin[length] = '\0';
        if (length > 0)
            url = reading_copy(object->reading, object->arena, begin);
        else
            reading_error(object->reading, place,
                          "the first line must be the push URL");
        if (file.exposed)
            reading_warning(object->reading, place,
                            "other users may be able to read the push URL in "
                            "this file; to change that: chmod go= on it");
    }
    file_finish(&file);
    return url;
}

/* NAME.url beside the file that the endpoint is in, or null. */
static const char *default_url_file(const struct object *object,
                                    const char *name)
{
    char *beside = xasprintf("%s.url", name);
    const char *path = object_path(object, beside);
    struct stat info;

    free(beside);
    return reading_staged(object->reading, path) || lstat(path, &info) == 0
               ? path
               : NULL;
}

/* Leaves the URL null after a complaint. */
static void find_url(struct endpoint_draft *draft, const struct object *object,
                     bool exposed)
{
    bool has_url = object_has(object, "url");
    bool has_file = object_has(object, "url_file");
    const char *path = draft->url_file;

    if (has_url && has_file)
        complain(object, "url_file",
                 "and url cannot both be given: remove one");
    if (has_url && exposed)
        reading_warning(object->reading, object_place(object, "url"),
                        "other users may be able to read the push URL in this "
                        "file; to change that: chmod go= on it");
    if (has_url || (has_file && !path))
        return;
    if (has_file && strstr(path, "://")) { /* its name would be shown */
        complain(object, "url_file",
                 "is the name of a file; the push URL itself belongs into url");
        return;
    }
    path = has_file ? object_path(object, path)
                    : default_url_file(object, draft->endpoint.name);
    if (path)
        draft->endpoint.url = read_url_file(object, path);
    else
        reading_error(object->reading, object->place,
                      "there is no push URL: give url or url_file, or put it "
                      "into %s.url beside this file",
                      draft->endpoint.name);
}

static const char *make_label(const struct object *object,
                              const struct url *url, const char *id)
{
    char *label = url_label(url, id);
    const char *copy = reading_copy(object->reading, object->arena, label);

    free(label);
    return copy;
}

static void check_url(struct endpoint *endpoint, const struct object *object)
{
    const char *key = endpoint->p256dh            ? "subscription_file"
                      : object_has(object, "url") ? "url"
                                                  : "url_file";
    struct place place = object_place(object, key);
    struct url url;

    if (!endpoint->url)
        return;
    const char *trouble = url_check(endpoint->url, &url);

    if (trouble) {
        reading_error(object->reading, place, "the push URL %s", trouble);
        return;
    }
    digest_hex(endpoint->url, strlen(endpoint->url), endpoint->id,
               ENDPOINT_ID_SIZE - 1);
    endpoint->label = make_label(object, &url, endpoint->id);
    if (!url.https && !endpoint->insecure_http && !host_is_loopback(url.host))
        reading_error(object->reading, place,
                      "the push URL at %s is http: whoever is on the way can "
                      "read it; use https, or set insecure_http = true",
                      endpoint->label);
}

/* ---- the request ---- */

/* Null, or what is wrong with a template. */
static const char *template_trouble(const char *text)
{
    while ((text = strchr(text, '%')) != NULL) {
        if (text[1] == '\0' || !strchr("vam%", text[1]))
            return "may only have %v, %a, %m and %% in it; a percent sign is "
                   "%%";
        text += 2;
    }
    return NULL;
}

/* Null, or what is wrong with a header: the courier would refuse it, too. */
static const char *header_trouble(const char *header)
{
    size_t length = strspn(header, TOKEN);

    if (length == 0 || header[length] != ':')
        return "must be \"Name: value\"";
    if (request_owns_header(header, length))
        return "must not be one that HTTP itself sets (Content-Length, "
               "Connection and the like)";
    return template_trouble(header);
}

static void check_headers(const struct endpoint *endpoint,
                          const struct object *object)
{
    struct place place = object_place(object, "headers");
    size_t total = 0;

    for (size_t i = 0; i < endpoint->header_count; i++) {
        const char *trouble = header_trouble(endpoint->headers[i]);

        if (trouble)
            reading_error(object->reading, place, "headers: number %zu %s",
                          i + 1, trouble);
        total += strlen(endpoint->headers[i]) + 1; /* and a line feed */
    }
    if (total > REQUEST_HEADERS_MAX)
        reading_error(object->reading, place,
                      "headers are longer than %d bytes together",
                      REQUEST_HEADERS_MAX);
}

static void check_request(const struct endpoint *endpoint,
                          const struct object *object)
{
    if (strcmp(endpoint->method, "PUT") != 0 &&
        strcmp(endpoint->method, "POST") != 0)
        complain(object, "method", "must be \"PUT\" or \"POST\"");
    if (template_trouble(endpoint->body))
        complain(object, "body", template_trouble(endpoint->body));
    if (strlen(endpoint->body) > REQUEST_BODY_MAX)
        reading_error(object->reading, object_place(object, "body"),
                      "body is longer than %d bytes", REQUEST_BODY_MAX);
    check_headers(endpoint, object);
}

/* ---- the rest ---- */

static void check_shown(const struct object *group, const char *key,
                        const char *text)
{
    if (template_trouble(text))
        complain(group, key, template_trouble(text));
    if (strlen(text) > SHOWN_MAX)
        reading_error(group->reading, object_place(group, key),
                      "%s is longer than %d bytes", key, SHOWN_MAX);
}

static void check_notification(struct endpoint_draft *draft,
                               const struct object *object)
{
    struct notification *notification = &draft->endpoint.notification;
    struct object group = {
        .reading = object->reading,
        .arena = object->arena,
        .place = object_place(object, "notification"),
        .keys = &keys_notification,
        .draft = notification,
    };

    if (draft->endpoint.kind == ENDPOINT_PUT) {
        if (draft->notification)
            complain(object, "notification",
                     "is not for kind \"put\", which shows nothing by itself");
        return;
    }
    object_read(&group, draft->notification);
    notification->own_title = object_has(&group, "title");
    notification->own_body = object_has(&group, "body");
    check_shown(&group, "title", notification->title);
    check_shown(&group, "body", notification->body);
    check_shown(&group, "tag", notification->tag);
    check_shown(&group, "navigate", notification->navigate);
}

static void check_not_for_others(const struct endpoint_draft *draft,
                                 const struct object *object)
{
    static const char *const webpush[] = {"subscription_file", "payload", "ttl",
                                          "urgency"};
    static const char *const others[] = {"url", "url_file", "body", "method"};
    bool is_webpush = draft->endpoint.kind == ENDPOINT_WEBPUSH;

    for (size_t i = 0; i < sizeof webpush / sizeof *webpush; i++) {
        if (!is_webpush && object_has(object, webpush[i]))
            complain(object, webpush[i],
                     draft->endpoint.payload == PAYLOAD_HEADERS &&
                             strcmp(webpush[i], "payload") == 0
                         ? "\"headers\" is for kind \"webpush\" only: what "
                           "others send can be read on the way to the phone"
                         : "is for kind \"webpush\" only");
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (is_webpush && object_has(object, others[i]))
            complain(object, others[i],
                     "is not for kind \"webpush\", which has "
                     "subscription_file and notification, and takes POST");
    }
}

/* Defaults that depend on the kind. */
static void suit_kind(struct endpoint *endpoint, const struct object *object)
{
    bool is_ntfy = endpoint->kind == ENDPOINT_NTFY;

    if (is_ntfy && !object_has(object, "body"))
        endpoint->body = "%a: new mail";
    if (is_ntfy && !object_has(object, "min_interval"))
        endpoint->min_interval_s = NTFY_INTERVAL_S;
    if (endpoint->kind == ENDPOINT_WEBPUSH)
        endpoint->method = "POST";
}

static void check_alive(const struct endpoint *endpoint,
                        const struct object *object)
{
    int most_s = endpoint->kind == ENDPOINT_NTFY ? NTFY_DELAY_MAX_S
                                                 : ENDPOINT_ALIVE_MAX_S;

    if (endpoint->alive_s != 0 && (endpoint->alive_s < ENDPOINT_ALIVE_MIN_S ||
                                   endpoint->alive_s > most_s))
        reading_error(object->reading, object_place(object, "alive"),
                      "alive must be 0 or a whole number from %d to %d%s",
                      ENDPOINT_ALIVE_MIN_S, most_s,
                      most_s < ENDPOINT_ALIVE_MAX_S ? " for kind \"ntfy\""
                                                    : "");
}

static void check_quiet(const struct endpoint *endpoint,
                        const struct object *object)
{
    for (size_t i = 0; i < endpoint->quiet_count; i++) {
        if (!quiet_is_span(endpoint->quiet[i])) {
            reading_error(object->reading, object_place(object, "quiet"),
                          "quiet: \"%.20s\" is no span such as "
                          "\"22:00-07:00\"",
                          endpoint->quiet[i]);
            return;
        }
    }
    if (quiet_is_always(endpoint->quiet, endpoint->quiet_count))
        complain(object, "quiet", "leaves no time to push");
}

static void check_events(struct endpoint_draft *draft,
                         const struct object *object)
{
    for (size_t i = 0; i < draft->event_count; i++) {
        unsigned event = endpoint_event(draft->events[i]);

        draft->endpoint.events |= event;
        if (!event)
            reading_error(object->reading, object_place(object, "events"),
                          "events: \"%.40s\" is none; there are mail and "
                          "attention",
                          draft->events[i]);
    }
    if (draft->event_count == 0)
        complain(object, "events", "must name at least one event");
}

/* A proxy may ask for a user and a password, so none of it is shown. */
static void check_proxy(const struct endpoint *endpoint,
                        const struct object *object)
{
    const char *trouble =
        endpoint->proxy ? url_check_proxy(endpoint->proxy) : NULL;

    if (trouble)
        complain(object, "proxy", trouble);
    else if (endpoint->proxy && endpoint->url && !endpoint->insecure_http &&
             strncasecmp(endpoint->url, "http:", 5) == 0)
        complain(object, "proxy",
                 "makes no sense for a push URL on this machine");
}

void endpoint_draft_check(struct endpoint_draft *draft,
                          const struct object *object, bool exposed)
{
    struct endpoint *endpoint = &draft->endpoint;

    if (draft->endpoint.kind == ENDPOINT_WEBPUSH)
        subscription_draft_check(draft, object);
    else
        find_url(draft, object, exposed);
    check_not_for_others(draft, object);
    check_url(endpoint, object);
    suit_kind(endpoint, object);
    check_notification(draft, object);
    check_request(endpoint, object);
    check_quiet(endpoint, object);
    check_alive(endpoint, object);
    check_events(draft, object);
    check_proxy(endpoint, object);
    if (endpoint->account_count == 0)
        complain(object, "accounts", "must name at least one account");
    if (object_has(object, "accounts"))
        draft->accounts_place = object_place(object, "accounts");
    if (endpoint->ca_file)
        endpoint->ca_file = object_path(object, endpoint->ca_file);
}
