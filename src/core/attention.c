#include "core/attention.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

enum kind { KIND_ACCOUNT, KIND_ENDPOINT, KIND_LEDGER };

struct trouble {
    enum kind kind;
    char *name;        /* of the account or endpoint; owned */
    const char *words; /* what it is, for a template */
    int64_t due_ms;    /* told then; CLOCK_NEVER: it was */
    bool here;         /* seen in this run */
};

/* What keeps an account from being watched until a person acts; by the code of
 * the error that ended its session. Some of it may pass by itself, and is told
 * only after a while. */
static const struct reason {
    const char *code, *words;
    const char *patience; /* null: told at once */
    int64_t patience_ms;
} reasons[] = {
    {"login", "login refused", NULL, 0},
    {"secret", "no password", NULL, 0},
    {"login-needed", "login needed", NULL, 0},
    {"locked", "keyring locked", "LOCKED", 300000},
    {"keyring", "no keyring", "LOCKED", 300000},
    {"certificate", "certificate not accepted", "CERTIFICATE", 3600000},
    {"mailbox", "no mailbox to watch", NULL, 0},
    {"", "cannot be watched", NULL, 0},
};

static const struct reason *reason_of(const char *code)
{
    const struct reason *reason = reasons;

    while (*reason->code && strcmp(reason->code, code) != 0)
        reason++;
    return reason;
}

/* Whether or not it was known before. */
static void note(struct attention *attention, enum kind kind, const char *name,
                 const char *words, int64_t due_ms)
{
    for (size_t i = 0; i < attention->count; i++) {
        struct trouble *known = &attention->troubles[i];

        if (known->kind == kind && known->words == words &&
            strcmp(known->name, name) == 0) {
            known->here = true;
            return;
        }
    }
    attention->troubles = xreallocarray(
        attention->troubles, attention->count + 1, sizeof *attention->troubles);
    attention->troubles[attention->count++] =
        (struct trouble){.kind = kind,
                         .name = xstrdup(name),
                         .words = words,
                         .due_ms = due_ms,
                         .here = true};
}

static void note_accounts(struct attention *attention,
                          const struct roster *roster)
{
    const struct account *account;
    const char *code;
    int64_t since_ms;

    for (size_t i = 0; (account = roster_trouble(roster, i, &code, &since_ms));
         i++) {
        if (!code)
            continue;
        const struct reason *reason = reason_of(code);
        int64_t due_ms = 0;

        if (reason->patience)
            due_ms = since_ms +
                     clock_patience_ms(reason->patience, reason->patience_ms);
        note(attention, KIND_ACCOUNT, account->name, reason->words, due_ms);
    }
}

static void note_endpoints(struct attention *attention, struct outbox *outbox)
{
    static const char *const words[HEALTHS] = {
        [HEALTH_GONE] = "push URL gone", [HEALTH_PARKED] = "push refused"};
    int64_t due_ms = attention->begun ? 0 : CLOCK_NEVER;
    size_t count;
    const struct recipient *recipients = outbox_recipients(outbox, &count);

    for (size_t i = 0; i < count; i++) {
        enum health health = recipients[i].row.health;

        if (words[health])
            note(attention, KIND_ENDPOINT, recipients[i].endpoint->name,
                 words[health], due_ms);
    }
}

static void tell(struct trouble *trouble, struct outbox *outbox)
{
    const char *name = trouble->name;
    size_t told = outbox_attention(
        outbox, trouble->kind == KIND_ACCOUNT ? name : NULL,
        trouble->kind == KIND_ENDPOINT ? name : NULL, trouble->words);

    trouble->due_ms = CLOCK_NEVER;
    if (told > 0)
        log_info("%s: %s; a person is told", trouble->name, trouble->words);
}

/* Tells what is due, and forgets what is over. */
static void settle(struct attention *attention, struct outbox *outbox,
                   int64_t now_ms)
{
    size_t kept = 0;

    attention->next_ms = CLOCK_NEVER;
    for (size_t i = 0; i < attention->count; i++) {
        struct trouble *trouble = &attention->troubles[i];

        if (!trouble->here) {
            free(trouble->name);
            continue;
        }
        if (trouble->due_ms <= now_ms)
            tell(trouble, outbox);
        if (trouble->due_ms < attention->next_ms)
            attention->next_ms = trouble->due_ms;
        trouble->here = false;
        attention->troubles[kept++] = *trouble;
    }
    attention->count = kept;
}

void attention_run(struct attention *attention, const struct roster *roster,
                   struct outbox *outbox, int64_t now_ms)
{
    note_accounts(attention, roster);
    note_endpoints(attention, outbox);
    if (outbox_is_degraded(outbox))
        note(attention, KIND_LEDGER, "ledger", "cannot be written", 0);
    attention->begun = true;
    settle(attention, outbox, now_ms);
}

int64_t attention_next(const struct attention *attention)
{
    return attention->next_ms;
}

void attention_finish(struct attention *attention)
{
    for (size_t i = 0; i < attention->count; i++)
        free(attention->troubles[i].name);
    free(attention->troubles);
    *attention = (struct attention){0};
}
