#include "core/relay.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define AGAIN_MS 3600000

struct listener {
    char *account; /* owned */
    bool takes;
    bool stirred; /* what is to be said may be another by now */
    char *said;   /* but for the time; owned; null: nothing */
    int64_t said_ms;
};

static struct listener *find(const struct relay *relay, const char *account)
{
    for (size_t i = 0; i < relay->count; i++) {
        if (strcmp(relay->listeners[i].account, account) == 0)
            return &relay->listeners[i];
    }
    return NULL;
}

void relay_note(struct relay *relay, const char *account, bool takes)
{
    struct listener *listener = find(relay, account);

    if (!listener) {
        relay->listeners = xreallocarray(relay->listeners, relay->count + 1,
                                         sizeof *relay->listeners);
        listener = &relay->listeners[relay->count++];
        *listener = (struct listener){.account = xstrdup(account)};
    }
    listener->stirred = listener->stirred || takes != listener->takes;
    listener->takes = takes;
}

bool relay_knows(const struct relay *relay, const char *account)
{
    return find(relay, account) != NULL;
}

void relay_stir(struct relay *relay)
{
    for (size_t i = 0; i < relay->count; i++)
        relay->listeners[i].stirred = true;
}

void relay_finish(struct relay *relay)
{
    for (size_t i = 0; i < relay->count; i++) {
        free(relay->listeners[i].account);
        free(relay->listeners[i].said);
    }
    free(relay->listeners);
    *relay = (struct relay){0};
}

/* seen_s: the time, or 0 for what does not change by itself. */
static void write_words(const struct account *account, const char *key,
                        size_t registered, int64_t seen_s, struct buffer *text)
{
    struct json json;

    json_start(&json, text);
    json_open_object(&json, NULL);
    json_number(&json, "version", 1);
    json_text(&json, "relay", "imappushd " IMAPPUSHD_VERSION);
    if (*key)
        json_text(&json, "vapid", key);
    json_number(&json, "limit", account->max_registered);
    json_number(&json, "registered", (int64_t)registered);
    if (seen_s)
        json_moment(&json, "seen", seen_s);
    json_close_object(&json);
}

bool relay_due(struct relay *relay, const struct account *account,
               const char *key, size_t registered, int64_t now_ms,
               struct buffer *text)
{
    struct listener *listener = find(relay, account->name);
    struct buffer words;

    if (!listener || !listener->takes)
        return false;
    bool again = now_ms >= listener->said_ms + AGAIN_MS;

    if (!again && !listener->stirred)
        return false;
    listener->stirred = false;
    buffer_init(&words, 4096);
    write_words(account, key, registered, 0, &words);
    bool due =
        again || !listener->said || strcmp(listener->said, words.data) != 0;

    if (due) {
        free(listener->said);
        listener->said = xstrdup(words.data);
        listener->said_ms = now_ms;
        write_words(account, key, registered, clock_realtime_us() / 1000000,
                    text);
    }
    buffer_finish(&words);
    return due;
}
