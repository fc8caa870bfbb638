#include "core/registered.h"

#include "base/alloc.h"
#include "base/digest.h"
#include "base/mailbox.h"
#include "base/request.h"
#include "base/text.h"
#include "config/host.h"
#include "config/url.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE ((size_t)256 * 1024)
#define KEY_MAX 128 /* characters of a key in base64url */

/* What is wrong with it, or null. */
static const char *check(const struct account *account,
                         const struct subscription *value, const char *subject,
                         struct url *url)
{
    size_t names = 0;

    for (size_t i = 0; i < value->mailbox_count; i++) {
        size_t length = strlen(value->mailboxes[i]);

        names += length;
        if (length > MAILBOX_NAME_MAX ||
            !text_is_utf8(value->mailboxes[i], length) || names > 32768)
            return "its mailboxes are not names";
    }
    if (strlen(value->url) > REQUEST_URL_MAX || url_check(value->url, url))
        return "it is no push URL";
    if (!url->https && !account->register_private)
        return "its push URL is not https";
    if (strlen(value->p256dh) > KEY_MAX || strlen(value->auth) > KEY_MAX)
        return "its keys are none";
    if (*value->p256dh && !subject)
        return "it wants Web Push, for which vapid_subject has to be in "
               "imappushd.conf";
    return NULL;
}

/* The account's name as a pattern that only it matches. */
static const char *pattern_of(struct arena *arena, const char *name)
{
    char *pattern = xcalloc(2, strlen(name) + 1), *at = pattern;

    for (; *name; name++) {
        if (strchr("*?[]\\", *name))
            *at++ = '\\';
        *at++ = *name;
    }
    const char *copy = arena_copy(arena, pattern);

    free(pattern);
    return copy;
}

static const char *const *list_of(struct arena *arena, const char *const *texts,
                                  size_t count)
{
    const char **list = arena_take(arena, count * sizeof *list);

    for (size_t i = 0; list && i < count; i++)
        list[i] = arena_copy(arena, texts[i]);
    return list;
}

static const char *take_text(struct arena *arena, char *text)
{
    const char *copy = arena_copy(arena, text);

    explicit_bzero(text, strlen(text));
    free(text);
    return copy;
}

/* INBOX has no case (RFC 3501 section 5.1). */
static const char *const *mailboxes_of(struct arena *arena,
                                       const struct subscription *value)
{
    const char *names[SUBSCRIPTION_MAILBOXES];

    for (size_t i = 0; i < value->mailbox_count; i++) {
        const char *name = value->mailboxes[i];

        names[i] = strcasecmp(name, "INBOX") == 0 ? "INBOX" : name;
    }
    return list_of(arena, names, value->mailbox_count);
}

static void fill(struct endpoint *endpoint, struct arena *arena,
                 const struct account *account, const char *name,
                 const struct subscription *value, const struct url *url)
{
    bool is_webpush = *value->p256dh;
    char *whole = xasprintf("%s\n%s", value->url, account->name);
    const char *pattern = pattern_of(arena, account->name);

    digest_hex(whole, strlen(whole), endpoint->id, ENDPOINT_ID_SIZE - 1);
    explicit_bzero(whole, strlen(whole));
    free(whole);
    endpoint->name = take_text(arena, xasprintf("%s/%s", account->name, name));
    endpoint->url = arena_copy(arena, value->url);
    endpoint->label = take_text(arena, url_label(url, endpoint->id));
    endpoint->kind = is_webpush ? ENDPOINT_WEBPUSH : ENDPOINT_PUT;
    endpoint->method = is_webpush ? "POST" : "PUT";
    endpoint->accounts = list_of(arena, &pattern, 1);
    endpoint->account_count = 1;
    endpoint->events = EVENT_MAIL;
    endpoint->min_interval_s = 1;
    endpoint->notification = (struct notification){
        .title = "New mail", .body = "", .tag = "mail", .navigate = ""};
    endpoint->p256dh = is_webpush ? arena_copy(arena, value->p256dh) : NULL;
    endpoint->auth = is_webpush ? arena_copy(arena, value->auth) : NULL;
    endpoint->ttl_s = 2419200;
    endpoint->urgency = "high";
    endpoint->body = is_webpush ? "" : "version=%v";
    endpoint->insecure_http = account->register_private;
    endpoint->registered = true;
    endpoint->public_only = !account->register_private;
    endpoint->mailboxes = mailboxes_of(arena, value);
    endpoint->mailbox_count = value->mailbox_count;
}

const struct endpoint *registered_create(const struct account *account,
                                         const char *name,
                                         const struct subscription *value,
                                         const char *subject,
                                         struct arena **arena, const char **why)
{
    struct url url;

    *arena = NULL;
    *why = check(account, value, subject, &url);
    if (*why)
        return NULL;
    *arena = arena_create(ARENA_SIZE);
    struct endpoint *endpoint =
        *arena ? arena_take(*arena, sizeof *endpoint) : NULL;

    if (endpoint) { /* what check() lets through has room */
        fill(endpoint, *arena, account, name, value, &url);
        if (subject)
            endpoint->subject = arena_copy(*arena, subject);
        if (arena_seal(arena, true) == 0)
            return endpoint;
    }
    arena_destroy(arena);
    *why = "there is no memory for it";
    return NULL;
}
