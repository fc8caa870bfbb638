/*
 * The keys of endpoints; the others are in keys.c.
 */
#include "config/draft.h"
#include "config/keys.h"

static const char *const endpoint_kinds[] = {[ENDPOINT_PUT] = "put",
                                             [ENDPOINT_NTFY] = "ntfy",
                                             [ENDPOINT_WEBPUSH] = "webpush",
                                             NULL};

static const char *const payloads[] = {[PAYLOAD_SIGNAL] = "signal",
                                       [PAYLOAD_ACCOUNT] = "account",
                                       [PAYLOAD_HEADERS] = "headers",
                                       NULL};

static const struct key endpoint_keys[] = {
    {
        .name = "url",
        .help = "the push URL",
        .type = KEY_TEXT,
        .offset = offsetof(struct endpoint_draft, endpoint.url),
    },
    {
        .name = "url_file",
        .help = "the file that holds the push URL",
        .type = KEY_TEXT,
        .offset = offsetof(struct endpoint_draft, url_file),
    },
    {
        .name = "kind",
        .help = "the dialect of the request",
        .type = KEY_CHOICE,
        .offset = offsetof(struct endpoint_draft, endpoint.kind),
        .number = ENDPOINT_PUT,
        .choices = endpoint_kinds,
    },
    {
        .name = "method",
        .help = "the method of the request",
        .type = KEY_TEXT,
        .offset = offsetof(struct endpoint_draft, endpoint.method),
        .text = "PUT",
    },
    {
        .name = "accounts",
        .help = "the accounts it is told about",
        .type = KEY_TEXTS,
        .offset = offsetof(struct endpoint_draft, endpoint.accounts),
        .count_offset = offsetof(struct endpoint_draft, endpoint.account_count),
        .text = "*",
    },
    {
        .name = "min_interval",
        .help = "seconds between two requests",
        .type = KEY_NUMBER,
        .offset = offsetof(struct endpoint_draft, endpoint.min_interval_s),
        .max = 86400,
        .number = 1,
    },
    {
        .name = "headers",
        .help = "header lines of the request",
        .type = KEY_TEXTS,
        .offset = offsetof(struct endpoint_draft, endpoint.headers),
        .count_offset = offsetof(struct endpoint_draft, endpoint.header_count),
    },
    {
        .name = "body",
        .help = "the body of the request",
        .type = KEY_TEXT,
        .flags = KEY_MAY_EMPTY | KEY_MAY_CONTROL,
        .offset = offsetof(struct endpoint_draft, endpoint.body),
        .text = "version=%v",
    },
    {
        .name = "ca_file",
        .help = "the certificates to trust instead of the system's",
        .type = KEY_TEXT,
        .offset = offsetof(struct endpoint_draft, endpoint.ca_file),
    },
    {
        .name = "insecure_http",
        .help = "whether http may go to other machines",
        .type = KEY_SWITCH,
        .offset = offsetof(struct endpoint_draft, endpoint.insecure_http),
    },
    {
        .name = "quiet",
        .help = "spans of the day, in local time, without pushes",
        .type = KEY_TEXTS,
        .offset = offsetof(struct endpoint_draft, endpoint.quiet),
        .count_offset = offsetof(struct endpoint_draft, endpoint.quiet_count),
    },
    {
        .name = "alive",
        .help = "seconds within which there is a sign of life; 0: none",
        .type = KEY_NUMBER,
        .offset = offsetof(struct endpoint_draft, endpoint.alive_s),
        .max = ENDPOINT_ALIVE_MAX_S,
    },
    {
        .name = "subscription_file",
        .help = "the file with the phone's push subscription",
        .type = KEY_TEXT,
        .offset = offsetof(struct endpoint_draft, subscription_file),
    },
    {
        .name = "payload",
        .help = "what the phone is told",
        .type = KEY_CHOICE,
        .offset = offsetof(struct endpoint_draft, endpoint.payload),
        .choices = payloads,
    },
    {
        .name = "ttl",
        .help = "seconds that the push service keeps a message",
        .type = KEY_NUMBER,
        .offset = offsetof(struct endpoint_draft, endpoint.ttl_s),
        .max = 2592000,
        .number = 2419200,
    },
    {
        .name = "urgency",
        .help = "how soon a phone that saves power is woken",
        .type = KEY_TEXT,
        .offset = offsetof(struct endpoint_draft, endpoint.urgency),
        .text = "high",
    },
    {
        .name = "notification",
        .help = "what is shown, and where a tap leads",
        .type = KEY_GROUP,
        .offset = offsetof(struct endpoint_draft, notification),
    },
    {
        .name = "events",
        .help = "what it is told of: mail, attention",
        .type = KEY_TEXTS,
        .offset = offsetof(struct endpoint_draft, events),
        .count_offset = offsetof(struct endpoint_draft, event_count),
        .text = "mail",
    },
    {
        .name = "proxy",
        .help = "the proxy to go through",
        .type = KEY_TEXT,
        .offset = offsetof(struct endpoint_draft, endpoint.proxy),
    },
};

static const struct key notification_keys[] = {
    {
        .name = "title",
        .help = "its first line",
        .type = KEY_TEXT,
        .flags = KEY_MAY_EMPTY,
        .offset = offsetof(struct notification, title),
        .text = "New mail",
    },
    {
        .name = "body",
        .help = "its text",
        .type = KEY_TEXT,
        .flags = KEY_MAY_EMPTY,
        .offset = offsetof(struct notification, body),
        .text = "",
    },
    {
        .name = "tag",
        .help = "which of those that are shown it takes the place of",
        .type = KEY_TEXT,
        .offset = offsetof(struct notification, tag),
        .text = "mail",
    },
    {
        .name = "navigate",
        .help = "the address that a tap leads to",
        .type = KEY_TEXT,
        .flags = KEY_MAY_EMPTY,
        .offset = offsetof(struct notification, navigate),
        .text = "",
    },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

_Static_assert(sizeof(enum endpoint_kind) == sizeof(int) &&
                   sizeof(enum endpoint_payload) == sizeof(int),
               "a KEY_CHOICE is stored as an int");
_Static_assert(COUNT(endpoint_keys) <= KEYS_MAX, "raise KEYS_MAX");

const struct keys keys_endpoint = {endpoint_keys, COUNT(endpoint_keys)};
const struct keys keys_notification = {notification_keys,
                                       COUNT(notification_keys)};
