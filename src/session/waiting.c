#include "session/waiting.h"

bool waiting_add(struct waiting *waiting, int64_t uid, int64_t internaldate,
                 const struct match_verdict *verdict,
                 const struct letterhead *letterhead)
{
    if (waiting->count == WAITING_MAX)
        return false;
    waiting->list[waiting->count++] =
        (struct waiter){.uid = uid,
                        .internaldate = internaldate,
                        .verdict = *verdict,
                        .letterhead = *letterhead};
    return true;
}

static bool asks(const struct waiter *waiter, size_t rule)
{
    return waiter->verdict.asks >> rule & 1;
}

bool waiting_range(const struct waiting *waiting, size_t rule, int64_t *first,
                   int64_t *last)
{
    bool any = false;

    for (size_t i = 0; i < waiting->count; i++) {
        const struct waiter *waiter = &waiting->list[i];

        if (!asks(waiter, rule))
            continue;
        if (!any || waiter->uid < *first)
            *first = waiter->uid;
        if (!any || waiter->uid > *last)
            *last = waiter->uid;
        any = true;
    }
    return any;
}

void waiting_found(struct waiting *waiting, size_t rule, int64_t uid)
{
    for (size_t i = 0; i < waiting->count; i++) {
        struct waiter *waiter = &waiting->list[i];

        if (waiter->uid == uid && asks(waiter, rule))
            waiter->found = true;
    }
}

void waiting_settle(struct waiting *waiting, size_t rule, bool answered)
{
    for (size_t i = 0; i < waiting->count; i++) {
        struct waiter *waiter = &waiting->list[i];

        if (!asks(waiter, rule))
            continue;
        if (!answered) {
            waiter->verdict = (struct match_verdict){.rule = RULE_NONE};
            waiter->letterhead = (struct letterhead){0};
        } else if (waiter->found) {
            waiter->verdict = (struct match_verdict){.rule = rule};
        } else {
            waiter->verdict.asks &= ~(INT64_C(1) << rule);
        }
        waiter->found = false;
    }
}
