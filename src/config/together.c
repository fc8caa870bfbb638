/*
 * What single files cannot show: each may be right, and the whole still wrong.
 */
#include "config/together.h"

#include "base/alloc.h"
#include "config/nearest.h"
#include "config/url.h"

#include <fnmatch.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct account_draft *together_add_account(struct together *all)
{
    all->accounts = xreallocarray(all->accounts, all->account_count + 1,
                                  sizeof *all->accounts);
    struct account_draft *draft = &all->accounts[all->account_count++];

    memset(draft, 0, sizeof *draft);
    return draft;
}

struct endpoint_draft *together_add_endpoint(struct together *all)
{
    all->endpoints = xreallocarray(all->endpoints, all->endpoint_count + 1,
                                   sizeof *all->endpoints);
    struct endpoint_draft *draft = &all->endpoints[all->endpoint_count++];

    memset(draft, 0, sizeof *draft);
    return draft;
}

/* ---- the same thing twice ---- */

static void complain_twice(struct together *all, const char *kind,
                           const char *name, struct place here,
                           struct place there)
{
    if (there.line > 0)
        reading_error(all->reading, here,
                      "there is an %s named \"%s\" in %s:%u already", kind,
                      name, there.file, there.line);
    else
        reading_error(all->reading, here,
                      "there is an %s named \"%s\" in %s already", kind, name,
                      there.file);
}

static void check_account_twice(struct together *all, size_t index)
{
    const struct account_draft *here = &all->accounts[index];

    for (size_t i = 0; i < index; i++) {
        const struct account_draft *there = &all->accounts[i];

        if (here->account.name[0] != '\0' &&
            strcmp(here->account.name, there->account.name) == 0) {
            complain_twice(all, "account", here->account.name, here->place,
                           there->place);
            return;
        }
    }
}

/* A name names one endpoint, and a URL, which the ledger goes by, too. */
static void check_endpoint_twice(struct together *all, size_t index)
{
    const struct endpoint_draft *here = &all->endpoints[index];
    const struct endpoint *endpoint = &here->endpoint;

    for (size_t i = 0; i < index; i++) {
        const struct endpoint_draft *there = &all->endpoints[i];

        if (endpoint->name[0] != '\0' &&
            strcmp(endpoint->name, there->endpoint.name) == 0) {
            complain_twice(all, "endpoint", endpoint->name, here->place,
                           there->place);
            return;
        }
        if (endpoint->id[0] != '\0' &&
            strcmp(endpoint->id, there->endpoint.id) == 0)
            reading_error(all->reading, here->place,
                          "endpoint \"%s\" has the same push URL; list both "
                          "names' accounts in one of them",
                          there->endpoint.name);
    }
}

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* The first mailbox that both watch, or null. A cursor belongs to host, user
 * and mailbox, whatever the account is called: what one account has seen is
 * not new for the other. */
static const char *shared_mailbox(const struct account *a,
                                  const struct account *b)
{
    if (!a->enabled || !b->enabled || !same_text(a->host, b->host) ||
        !same_text(a->user, b->user))
        return NULL;
    for (size_t i = 0; i < a->mailbox_count; i++) {
        for (size_t j = 0; j < b->mailbox_count; j++) {
            if (strcmp(a->mailboxes[i], b->mailboxes[j]) == 0)
                return a->mailboxes[i];
        }
    }
    return NULL;
}

static void check_mailbox_twice(struct together *all, size_t index)
{
    const struct account_draft *here = &all->accounts[index];

    for (size_t i = 0; i < index; i++) {
        const struct account *there = &all->accounts[i].account;
        const char *mailbox = shared_mailbox(&here->account, there);

        if (mailbox) {
            reading_warning(all->reading, here->place,
                            "mailbox \"%.80s\" of the same user on the same "
                            "host is watched by account \"%s\" too: only one "
                            "of them will notice new mail",
                            mailbox, there->name);
            return;
        }
    }
}

/* ---- things that lead nowhere ---- */

static bool matches_account(const struct together *all, const char *pattern)
{
    for (size_t i = 0; i < all->account_count; i++) {
        if (fnmatch(pattern, all->accounts[i].account.name, 0) == 0)
            return true;
    }
    return false;
}

static void check_patterns(struct together *all,
                           const struct endpoint_draft *draft)
{
    for (size_t i = 0; i < draft->endpoint.account_count; i++) {
        const char *pattern = draft->endpoint.accounts[i];

        if (draft->accounts_place.file && !all->broken &&
            all->account_count > 0 && !matches_account(all, pattern))
            reading_warning(all->reading, draft->accounts_place,
                            "no account matches \"%.80s\"", pattern);
    }
}

static const struct endpoint *find_endpoint(const struct together *all,
                                            const char *name)
{
    for (size_t i = 0; i < all->endpoint_count; i++) {
        if (strcmp(all->endpoints[i].endpoint.name, name) == 0)
            return &all->endpoints[i].endpoint;
    }
    return NULL;
}

/* The name that may have been meant; null where there is no endpoint at all. */
static const char *nearest_endpoint(const struct together *all,
                                    const char *name)
{
    const char *nearest = NULL;
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < all->endpoint_count; i++) {
        const char *known = all->endpoints[i].endpoint.name;
        size_t here = nearest_distance(known, name);

        if (here < least) {
            least = here;
            nearest = known;
        }
    }
    return nearest;
}

static void check_rule_endpoint(struct together *all, struct place place,
                                const struct account *account, const char *name)
{
    const struct endpoint *endpoint = find_endpoint(all, name);
    const char *nearest = nearest_endpoint(all, name);

    if (endpoint && !endpoint_wants(endpoint, EVENT_MAIL, account->name))
        reading_warning(all->reading, place,
                        "endpoint \"%s\" is not told of mail in this account, "
                        "so this rule does not tell it either",
                        name);
    else if (!endpoint && nearest)
        reading_error(all->reading, place,
                      "there is no endpoint \"%.80s\"; the nearest is \"%s\"",
                      name, nearest);
    else if (!endpoint)
        reading_error(all->reading, place, "there is no endpoint \"%.80s\"",
                      name);
}

static void check_rules(struct together *all, const struct account_draft *draft)
{
    for (size_t i = 0; i < draft->account.rule_count; i++) {
        const struct rule *rule = &draft->account.rules[i];

        for (size_t j = 0; j < rule->endpoint_count && !all->broken; j++)
            check_rule_endpoint(all, draft->rule_places[i], &draft->account,
                                rule->endpoints[j]);
    }
}

static void check_nothing(struct together *all)
{
    struct place place = {all->path, 0};
    bool enabled = false;

    for (size_t i = 0; i < all->account_count; i++)
        enabled = enabled || all->accounts[i].account.enabled;
    if (!enabled && !all->broken)
        reading_warning(all->reading, place,
                        all->account_count > 0
                            ? "no account is enabled: no mailbox is watched"
                            : "there is no account: no mailbox is watched; "
                              "imappushd --add-account adds one");
    if (all->endpoint_count == 0 && !all->broken)
        reading_warning(all->reading, place,
                        "there is no endpoint: nobody is told of new mail");
}

/* Names that mean something on this machine or its network only, or nothing. */
static bool leads_nowhere(const char *host)
{
    static const char *const ends[] = {".localhost", ".local", ".invalid"};
    size_t length = strlen(host);

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i]);

        if (strcasecmp(host, ends[i] + 1) == 0 ||
            (length > end && strcasecmp(host + length - end, ends[i]) == 0))
            return true;
    }
    return false;
}

/* Null, or what is wrong with it: push services want to write to somebody, and
 * some refuse names that lead nowhere. */
static const char *subject_trouble(const char *subject)
{
    struct url url = {.host = ""};
    const char *at = strchr(subject, '@');

    if (strncasecmp(subject, "https://", 8) == 0) {
        if (url_check(subject, &url))
            return "must be an address of the web that others can open";
    } else if (strncasecmp(subject, "mailto:", 7) != 0) {
        return "must begin with mailto: or https://";
    } else if (!at || at == subject + 7 || !at[1]) {
        return "has no address behind mailto:";
    } else {
        snprintf(url.host, sizeof url.host, "%.*s", (int)strcspn(at + 1, "?"),
                 at + 1);
    }
    return leads_nowhere(url.host)
               ? "must be an address that others can write to"
               : NULL;
}

/* It is for Web Push, and there it is needed. */
static void check_subject(struct together *all)
{
    const char *trouble =
        all->vapid_subject ? subject_trouble(all->vapid_subject) : NULL;

    if (trouble)
        reading_error(all->reading, all->vapid_place, "vapid_subject %s",
                      trouble);
    for (size_t i = 0; i < all->endpoint_count; i++) {
        struct endpoint_draft *draft = &all->endpoints[i];

        if (draft->endpoint.kind != ENDPOINT_WEBPUSH)
            continue;
        draft->endpoint.subject = all->vapid_subject;
        if (!all->vapid_subject && !all->broken)
            reading_error(all->reading, draft->place,
                          "kind \"webpush\" needs vapid_subject in the main "
                          "file, such as \"mailto:you@example.org\": whom "
                          "push services may write to");
    }
}

/* The one thing of an endpoint that a session has to know. */
static void note_headers(struct together *all, struct account *account)
{
    for (size_t i = 0; i < all->endpoint_count; i++) {
        const struct endpoint *endpoint = &all->endpoints[i].endpoint;

        if (endpoint->payload == PAYLOAD_HEADERS &&
            endpoint_wants(endpoint, EVENT_MAIL, account->name))
            account->show_headers = true;
    }
}

void together_check(struct together *all)
{
    for (size_t i = 0; i < all->account_count; i++) {
        check_account_twice(all, i);
        check_mailbox_twice(all, i);
        check_rules(all, &all->accounts[i]);
        note_headers(all, &all->accounts[i].account);
    }
    for (size_t i = 0; i < all->endpoint_count; i++) {
        check_endpoint_twice(all, i);
        check_patterns(all, &all->endpoints[i]);
    }
    check_subject(all);
    check_nothing(all);
}

void together_store(struct together *all)
{
    struct reading *reading = all->reading;
    struct account *accounts = reading_take(
        reading, reading->open, all->account_count * sizeof *accounts);
    struct endpoint *endpoints = reading_take(
        reading, reading->secret, all->endpoint_count * sizeof *endpoints);

    for (size_t i = 0; i < all->account_count; i++)
        accounts[i] = all->accounts[i].account;
    for (size_t i = 0; i < all->endpoint_count; i++)
        endpoints[i] = all->endpoints[i].endpoint;
    reading->config->vapid_subject = all->vapid_subject;
    reading->config->accounts = accounts;
    reading->config->account_count = all->account_count;
    reading->config->endpoints = endpoints;
    reading->config->endpoint_count = all->endpoint_count;
}
