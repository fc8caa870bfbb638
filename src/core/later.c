#include "core/later.h"

#include <string.h>

#define INTERVAL_MAX_S 604800

static bool is_told(const struct rule *rule, const char *endpoint)
{
    for (size_t i = 0; i < rule->endpoint_count; i++) {
        if (strcmp(rule->endpoints[i], endpoint) == 0)
            return true;
    }
    return rule->endpoint_count == 0;
}

int later_interval(const struct account *account, int64_t rules,
                   const char *endpoint)
{
    int shortest_s = -1;

    if (rules >> RULE_NONE & 1)
        return 0;
    for (size_t i = 0; i < account->rule_count; i++) {
        const struct rule *rule = &account->rules[i];
        int interval_s = rule->push == RULE_LATER ? rule->interval_s : 0;

        if (!(rules >> i & 1) || rule->push == RULE_NEVER ||
            !is_told(rule, endpoint))
            continue;
        if (shortest_s < 0 || interval_s < shortest_s)
            shortest_s = interval_s;
    }
    return shortest_s;
}

void later_note(struct recipient *recipient, int interval_s, int64_t now_s)
{
    struct ledger_endpoint *row = &recipient->row;
    int64_t at_s = row->told_later_s + interval_s;

    if (interval_s == 0) {
        row->later_s = 0;
        return;
    }
    if (recipient_is_owed(recipient) && row->later_s == 0)
        return; /* what is on its way tells of this as well */
    if (at_s <= now_s || row->told_later_s > now_s) {
        row->later_s = 0;
        row->told_later_s = now_s;
    } else if (row->later_s == 0 || at_s < row->later_s) {
        row->later_s = at_s;
    }
}

void later_paid(struct recipient *recipient, int64_t now_s)
{
    if (recipient->row.later_s)
        recipient->row.told_later_s = now_s;
    recipient->row.later_s = 0;
}

int64_t later_wait_s(const struct recipient *recipient, int64_t now_s)
{
    int64_t wait_s = recipient->row.later_s - now_s;

    return wait_s > 0 && wait_s <= INTERVAL_MAX_S ? wait_s : 0;
}
