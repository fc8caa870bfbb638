#include "core/registry.h"

#include "base/alloc.h"
#include "base/digest.h"
#include "base/log.h"
#include "core/registered.h"
#include "core/relay.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS 32
#define NAME_MAX_LENGTH 64
#define VALUE_MAX 8192
/* More names of an account are nonsense. */
#define NAMES_MAX 200

enum progress {
    WAITING, /* to be asked about */
    ASKED,
    GOOD, /* it is an endpoint */
    REFUSED
};

struct registration {
    char *account, *name;     /* owned */
    char digest[DIGITS + 1];  /* of the value */
    char renewed[DIGITS + 1]; /* likewise */
    enum progress progress;
    int64_t id;         /* of the question */
    struct arena *raw;  /* the value, as long as it may be asked about */
    const char *reason; /* why it was refused: said */
    bool listed;        /* in the list that is being read */
    struct arena *arena;
    const struct endpoint *endpoint; /* null: none; it may be of an older value
                                      */
};

struct registry {
    struct outbox *outbox;
    const struct config *config;
    struct registration *list;
    size_t count;
    struct relay relay;
    int64_t next_id;
    char key[96]; /* ours for Web Push; empty: not known */
    bool key_wanted, key_asked;
};

struct registry *registry_create(struct outbox *outbox)
{
    struct registry *registry = xcalloc(1, sizeof *registry);

    *registry = (struct registry){.outbox = outbox, .next_id = 1};
    return registry;
}

/* ---- one registration ---- */

static void drop_endpoint(struct registry *registry,
                          struct registration *registration)
{
    if (registration->endpoint)
        outbox_unregister(registry->outbox, registration->endpoint->id);
    registration->endpoint = NULL;
    arena_destroy(&registration->arena);
    relay_stir(&registry->relay);
}

static void finish(struct registration *registration)
{
    arena_destroy(&registration->raw);
    arena_destroy(&registration->arena);
    free(registration->account);
    free(registration->name);
}

/* Takes one out of the list, its endpoint with it. */
static void drop(struct registry *registry, size_t index)
{
    drop_endpoint(registry, &registry->list[index]);
    finish(&registry->list[index]);
    registry->list[index] = registry->list[--registry->count];
}

void registry_destroy(struct registry **registry)
{
    if (!*registry)
        return;
    for (size_t i = 0; i < (*registry)->count; i++)
        finish(&(*registry)->list[i]);
    relay_finish(&(*registry)->relay);
    free((*registry)->list);
    free(*registry);
    *registry = NULL;
}

/* Said once for each reason. */
static void refuse(struct registry *registry, struct registration *registration,
                   const char *why)
{
    drop_endpoint(registry, registration);
    registration->progress = REFUSED;
    if (registration->reason && strcmp(registration->reason, why) == 0)
        return;
    registration->reason = why;
    log_warning("%s: the endpoint %s that an app registered is not taken: %s",
                registration->account, registration->name, why);
}

/* ---- accounts ---- */

static const struct account *account_of(const struct registry *registry,
                                        const char *name)
{
    const struct account *account = config_account(registry->config, name);

    return account && account->enabled && account->registers ? account : NULL;
}

/* What the configuration has a say in is judged anew when it is read again. */
void registry_configure(struct registry *registry, const struct config *config)
{
    registry->config = config;
    for (size_t i = registry->count; i-- > 0;) {
        struct registration *registration = &registry->list[i];

        registration->digest[0] = '\0';
        registration->reason = NULL;
        if (!account_of(registry, registration->account))
            drop(registry, i);
    }
    relay_stir(&registry->relay);
}

/* Of those of the account that are there and not gone. */
static size_t count_taken(struct registry *registry, const char *account)
{
    size_t taken = 0;

    for (size_t i = 0; i < registry->count; i++) {
        const struct registration *registration = &registry->list[i];

        taken += registration->endpoint &&
                 strcmp(registration->account, account) == 0 &&
                 !outbox_is_gone(registry->outbox, registration->endpoint->id);
    }
    return taken;
}

/* ---- what the sessions report ---- */

static struct registration *find(struct registry *registry, const char *account,
                                 const char *name)
{
    size_t names = 0;

    for (size_t i = 0; i < registry->count; i++) {
        struct registration *registration = &registry->list[i];

        if (strcmp(registration->account, account) != 0)
            continue;
        names++;
        if (strcmp(registration->name, name) == 0)
            return registration;
    }
    if (names == NAMES_MAX)
        return NULL;
    registry->list = xreallocarray(registry->list, registry->count + 1,
                                   sizeof *registry->list);
    struct registration *registration = &registry->list[registry->count++];

    *registration = (struct registration){.account = xstrdup(account),
                                          .name = xstrdup(name)};
    return registration;
}

static bool is_name(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && length <= NAME_MAX_LENGTH &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == length;
}

/* Keeps a value until the courier has read it. */
static void ask_about(struct registration *registration, const char *value)
{
    arena_destroy(&registration->raw);
    registration->raw = arena_create(4 * VALUE_MAX);
    if (!registration->raw || !arena_copy(registration->raw, value) ||
        arena_seal(&registration->raw, true) < 0) {
        arena_destroy(&registration->raw);
        registration->digest[0] = '\0'; /* again the next time */
        return;
    }
    registration->progress = WAITING;
}

bool registry_found(struct registry *registry, const struct account *account,
                    const struct report *report)
{
    char digest[DIGITS + 1], renewed[DIGITS + 1];
    struct registration *registration;

    if (!account->registers || !is_name(report->name) ||
        strlen(report->value) > VALUE_MAX ||
        !(registration = find(registry, account->name, report->name)))
        return false;
    digest_hex(report->value, strlen(report->value), digest, DIGITS);
    digest_hex(report->renewed, strlen(report->renewed), renewed, DIGITS);
    bool is_known = strcmp(registration->digest, digest) == 0;
    bool is_renewed =
        registration->renewed[0] && strcmp(registration->renewed, renewed) != 0;

    registration->listed = true;
    memcpy(registration->renewed, renewed, sizeof renewed);
    if (is_known && is_renewed && registration->endpoint)
        outbox_renew(registry->outbox, registration->endpoint->id);
    if (is_known)
        return true;
    memcpy(registration->digest, digest, sizeof digest);
    ask_about(registration, report->value);
    return true;
}

/* Once the list was read and each value in it, the ledger need not keep what
 * belongs to nobody. */
static void settle(struct registry *registry, const char *account)
{
    for (size_t i = 0; i < registry->count; i++) {
        const struct registration *registration = &registry->list[i];
        bool open = registration->progress == WAITING ||
                    registration->progress == ASKED;

        if (open && strcmp(registration->account, account) == 0)
            return;
    }
    if (relay_knows(&registry->relay, account))
        outbox_registrations_known(registry->outbox, account);
}

void registry_listed(struct registry *registry, const struct account *account,
                     const struct report *report)
{
    for (size_t i = registry->count; i-- > 0;) {
        struct registration *registration = &registry->list[i];

        if (strcmp(registration->account, account->name) != 0)
            continue;
        if (!registration->listed) {
            if (registration->endpoint)
                log_info("%s: the endpoint %s is not registered any more",
                         account->name, registration->name);
            drop(registry, i);
        } else {
            registration->listed = false;
        }
    }
    relay_note(&registry->relay, account->name, report->metadata);
    if (report->metadata && registry->config->vapid_subject &&
        !registry->key[0])
        registry->key_wanted = true;
    settle(registry, account->name);
}

bool registry_relay(struct registry *registry, const struct account *account,
                    int64_t now_ms, struct buffer *text)
{
    const char *key = registry->config->vapid_subject ? registry->key : "";

    return !registry->key_wanted &&
           relay_due(&registry->relay, account, key,
                     count_taken(registry, account->name), now_ms, text);
}

/* ---- what the courier is asked ---- */

static struct registration *next_question(const struct registry *registry)
{
    for (size_t i = 0; i < registry->count; i++) {
        if (registry->list[i].progress == WAITING && registry->list[i].raw)
            return &registry->list[i];
    }
    return NULL;
}

bool registry_asks(const struct registry *registry)
{
    return (registry->key_wanted && !registry->key_asked) ||
           next_question(registry);
}

bool registry_needs_key(const struct registry *registry)
{
    if (registry->key_wanted)
        return true;
    for (size_t i = 0; i < registry->count; i++) {
        const struct endpoint *endpoint = registry->list[i].endpoint;

        if (endpoint && endpoint->kind == ENDPOINT_WEBPUSH)
            return true;
    }
    return false;
}

void registry_ask(struct registry *registry, struct record *record)
{
    struct registration *registration = next_question(registry);

    if (registry->key_wanted && !registry->key_asked) {
        registry->key_asked = true;
        subscription_pack_value(record, 0, "");
        return;
    }
    registration->id = registry->next_id++;
    registration->progress = ASKED;
    subscription_pack_value(record, registration->id,
                            arena_first(registration->raw));
}

void registry_unanswered(struct registry *registry)
{
    registry->key_asked = false;
    for (size_t i = 0; i < registry->count; i++) {
        if (registry->list[i].progress == ASKED)
            registry->list[i].progress = WAITING;
    }
}

/* It is an endpoint now: a new one, or what it was before. */
static void take(struct registry *registry, struct registration *registration,
                 const struct endpoint *endpoint, struct arena *arena)
{
    bool is_new = !registration->endpoint ||
                  strcmp(registration->endpoint->id, endpoint->id) != 0;

    if (is_new)
        drop_endpoint(registry, registration);
    outbox_register(registry->outbox, endpoint);
    arena_destroy(&registration->arena);
    registration->arena = arena;
    registration->endpoint = endpoint;
    registration->progress = GOOD;
    registration->reason = NULL;
    relay_stir(&registry->relay);
    if (is_new)
        log_info("%s: an app registered the endpoint %s: %s",
                 registration->account, registration->name, endpoint->label);
}

static void judge(struct registry *registry, struct registration *registration,
                  const struct account *account,
                  const struct subscription *answer)
{
    struct arena *arena;
    const char *why;

    if (!registration->endpoint && count_taken(registry, account->name) >=
                                       (size_t)account->max_registered) {
        registration->digest[0] = '\0'; /* there may be room the next time */
        refuse(registry, registration,
               "there are as many as max_registered lets in");
        return;
    }
    const struct endpoint *endpoint =
        registered_create(account, registration->name, answer,
                          registry->config->vapid_subject, &arena, &why);

    if (endpoint)
        take(registry, registration, endpoint, arena);
    else
        refuse(registry, registration, why);
}

void registry_answer(struct registry *registry,
                     const struct subscription *answer)
{
    if (*answer->key && strlen(answer->key) < sizeof registry->key)
        strcpy(registry->key, answer->key);
    if (answer->id == 0) {
        registry->key_wanted = registry->key_asked = false;
        relay_stir(&registry->relay);
        return;
    }
    for (size_t i = 0; i < registry->count; i++) {
        struct registration *registration = &registry->list[i];
        const struct account *account =
            account_of(registry, registration->account);

        if (registration->progress != ASKED || registration->id != answer->id ||
            !account)
            continue;
        arena_destroy(&registration->raw);
        if (*answer->wrong)
            refuse(registry, registration,
                   "what it wrote is neither a push URL nor a subscription");
        else
            judge(registry, registration, account, answer);
        settle(registry, account->name);
        return;
    }
}
