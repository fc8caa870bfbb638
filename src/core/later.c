#include "core/later.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void later_read_clock(struct later_clock *clock)
{
    clock->calendar_us = clock_realtime_us();
    clock->boottime_ms = clock_boottime_ms();
}

void later_finish(struct later *later)
{
    free(later->intervals);
    *later = (struct later){0};
}

/* ---- intervals ---- */

static struct interval *find(const struct later *later, const char *endpoint,
                             const char *rule)
{
    for (size_t i = 0; i < later->count; i++) {
        struct interval *interval = &later->intervals[i];

        if (strcmp(interval->row.rule, rule) == 0 &&
            strcmp(interval->row.endpoint, endpoint) == 0)
            return interval;
    }
    return NULL;
}

static struct interval *add(struct later *later, const char *endpoint,
                            const char *rule)
{
    later->intervals = xreallocarray(later->intervals, later->count + 1,
                                     sizeof *later->intervals);
    struct interval *interval = &later->intervals[later->count++];

    *interval = (struct interval){0};
    snprintf(interval->row.endpoint, sizeof interval->row.endpoint, "%s",
             endpoint);
    snprintf(interval->row.rule, sizeof interval->row.rule, "%s", rule);
    return interval;
}

static void drop(struct later *later, size_t index)
{
    later->intervals[index] = later->intervals[--later->count];
    later->dirty = true;
}

static void begin(struct later *later, struct interval *interval,
                  const struct later_clock *now)
{
    interval->row.over_us =
        now->calendar_us + interval->length_s * INT64_C(1000000);
    interval->over_ms = now->boottime_ms + interval->length_s * INT64_C(1000);
    interval->row.holds = false;
    later->dirty = true;
}

/* On clock_boottime_ms(), by the clock that says so first. */
static int64_t over_ms(const struct interval *interval,
                       const struct later_clock *now)
{
    int64_t left_us = interval->row.over_us - now->calendar_us;
    int64_t calendar_ms = now->boottime_ms + (left_us + 999) / 1000;

    return calendar_ms < interval->over_ms ? calendar_ms : interval->over_ms;
}

static bool runs(const struct interval *interval, const struct later_clock *now)
{
    return interval && over_ms(interval, now) > now->boottime_ms;
}

/* ---- mail ---- */

static bool is_told(const struct rule *rule, const char *endpoint)
{
    for (size_t i = 0; i < rule->endpoint_count; i++) {
        if (strcmp(rule->endpoints[i], endpoint) == 0)
            return true;
    }
    return rule->endpoint_count == 0;
}

/* The rule, if mail fell under it of which it tells the recipient like that. */
static const struct rule *rule_at(const struct account *account, size_t index,
                                  enum rule_push push,
                                  const struct report *report,
                                  const struct recipient *recipient)
{
    const struct rule *rule = &account->rules[index];

    return (report->rules >> index & 1) && rule->push == push &&
                   is_told(rule, recipient->endpoint->name)
               ? rule
               : NULL;
}

static bool is_told_now(const struct account *account,
                        const struct report *report,
                        const struct recipient *recipient)
{
    if (report->rules >> RULE_NONE & 1)
        return true;
    for (size_t i = 0; i < account->rule_count; i++) {
        if (rule_at(account, i, RULE_NOW, report, recipient))
            return true;
    }
    return false;
}

static void hold(struct later *later, struct interval *interval,
                 const struct account *account, const struct report *report)
{
    struct ledger_interval *row = &interval->row;

    row->holds = later->dirty = true;
    snprintf(row->account, sizeof row->account, "%s", account->name);
    snprintf(row->mailbox, sizeof row->mailbox, "%s", report->mailbox);
}

/* Mail that a rule may tell later: is it the first? */
static enum later_telling tell(struct later *later,
                               const struct later_clock *now,
                               const struct account *account,
                               const struct rule *rule,
                               const struct report *report,
                               const struct recipient *recipient)
{
    struct interval *interval = find(later, recipient->id, rule->id);

    if (runs(interval, now)) {
        hold(later, interval, account, report);
        return LATER_HELD;
    }
    if (!interval)
        interval = add(later, recipient->id, rule->id);
    interval->length_s = rule->interval_s;
    begin(later, interval, now);
    return LATER_NOW;
}

enum later_telling later_tell(struct later *later,
                              const struct later_clock *now,
                              const struct account *account,
                              const struct report *report,
                              const struct recipient *recipient)
{
    enum later_telling most = LATER_NOT;

    if (is_told_now(account, report, recipient))
        return LATER_NOW;
    for (size_t i = 0; i < account->rule_count; i++) {
        const struct rule *rule =
            rule_at(account, i, RULE_LATER, report, recipient);
        enum later_telling telling =
            rule ? tell(later, now, account, rule, report, recipient)
                 : LATER_NOT;

        if (telling > most)
            most = telling;
    }
    return most;
}

int64_t later_rules(const struct account *account,
                    const struct recipient *recipient)
{
    int64_t rules = INT64_C(1) << RULE_NONE;

    for (size_t i = 0; i < account->rule_count; i++) {
        const struct rule *rule = &account->rules[i];

        if (rule->push != RULE_NEVER &&
            is_told(rule, recipient->endpoint->name))
            rules |= INT64_C(1) << i;
    }
    return rules;
}

void later_pay(struct later *later, const char *endpoint)
{
    for (size_t i = 0; i < later->count; i++) {
        struct ledger_interval *row = &later->intervals[i].row;

        if (row->holds && strcmp(row->endpoint, endpoint) == 0) {
            row->holds = false;
            later->dirty = true;
        }
    }
}

/* ---- time ---- */

const struct interval *later_due(struct later *later,
                                 const struct later_clock *now)
{
    for (size_t i = later->count; i-- > 0;) {
        struct interval *interval = &later->intervals[i];

        if (runs(interval, now))
            continue;
        if (interval->row.holds) {
            begin(later, interval, now);
            return interval;
        }
        drop(later, i);
    }
    return NULL;
}

int64_t later_next(const struct later *later, const struct later_clock *now)
{
    int64_t next_ms = CLOCK_NEVER;

    for (size_t i = 0; i < later->count; i++) {
        const struct interval *interval = &later->intervals[i];

        if (interval->row.holds && over_ms(interval, now) < next_ms)
            next_ms = over_ms(interval, now);
    }
    return next_ms;
}

/* ---- the ledger ---- */

int later_read(struct later *later, struct ledger *ledger, struct error *err)
{
    struct ledger_interval row;
    int found;

    while ((found = ledger_next_interval(ledger, &row, err)) > 0)
        add(later, row.endpoint, row.rule)->row = row;
    return found;
}

int later_write(const struct later *later, struct ledger *ledger,
                struct error *err)
{
    if (ledger_clear_intervals(ledger, err) < 0)
        return -1;
    for (size_t i = 0; i < later->count; i++) {
        if (ledger_put_interval(ledger, &later->intervals[i].row, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the configuration ---- */

static const struct rule *find_rule(const struct config *config, const char *id)
{
    for (size_t i = 0; i < config->account_count; i++) {
        const struct account *account = &config->accounts[i];

        for (size_t j = 0; j < account->rule_count; j++) {
            if (strcmp(account->rules[j].id, id) == 0 &&
                account->rules[j].push == RULE_LATER)
                return &account->rules[j];
        }
    }
    return NULL;
}

static bool has_endpoint(const struct config *config, const char *id)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (strcmp(config->endpoints[i].id, id) == 0)
            return true;
    }
    return false;
}

/* One that the ledger knew of: what is left of it by the calendar, but never
 * more than all. */
static void resume(struct interval *interval, const struct rule *rule,
                   const struct later_clock *now)
{
    if (interval->length_s)
        return;
    interval->length_s = rule->interval_s;
    interval->over_ms = now->boottime_ms + rule->interval_s * INT64_C(1000);
}

void later_keep(struct later *later, const struct ledger_interval *row)
{
    for (size_t i = 0; i < later->count; i++) {
        if (&later->intervals[i].row == row)
            later->intervals[i].row.holds = later->dirty = true;
    }
}

const struct ledger_interval *later_orphan(
    struct later *later, const struct later_clock *now,
    const struct config *config,
    bool (*may_be)(const void *context, const char *id), const void *context)
{
    for (size_t i = later->count; i-- > 0;) {
        struct ledger_interval *row = &later->intervals[i].row;
        const struct rule *rule = find_rule(config, row->rule);
        bool has = has_endpoint(config, row->endpoint);
        bool may = !has && may_be(context, row->endpoint);

        if (rule && (has || may)) {
            resume(&later->intervals[i], rule, now);
        } else if (row->holds && has) {
            row->holds = false; /* and dropped by the next call */
            return row;
        } else if (!may) { /* else it goes when it is over */
            drop(later, i);
        }
    }
    return NULL;
}
