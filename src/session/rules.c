#include "session/rules.h"

#include "session/match.h"

#include <stdio.h>
#include <string.h>

#define SAVED_LATER_S 120
#define DAY_S 86400

void rules_attributes(const struct rules *rules, bool savedate, bool emailid,
                      char *attributes, size_t size)
{
    bool all = rules->deliveries_only;
    char fields[MATCH_FIELDS_SIZE] = "", header[MATCH_FIELDS_SIZE + 64] = "";

    if (rules->account)
        match_fields(rules->account, fields);
    if (all || fields[0])
        snprintf(header, sizeof header, " BODY.PEEK[HEADER.FIELDS (%s)]",
                 all ? "RECEIVED" : fields + 1);
    if (all && fields[0])
        snprintf(header, sizeof header,
                 " BODY.PEEK[HEADER.FIELDS (RECEIVED%s)]", fields);
    snprintf(attributes, size, "UID FLAGS INTERNALDATE%s%s%s",
             all && savedate ? " SAVEDATE" : "",
             all && emailid ? " EMAILID" : "", header);
}

static bool is_seen(const struct rules *rules, const char *emailid)
{
    for (size_t i = 0; i < RULES_SEEN && *emailid; i++) {
        if (strcmp(rules->seen[i], emailid) == 0)
            return true;
    }
    return false;
}

/* Did a client, not a delivery, put it there? */
static bool was_put(const struct rules *rules, const struct response *fetch)
{
    if (is_seen(rules, fetch->emailid))
        return true;
    if (rules->live && fetch->savedate && fetch->internaldate &&
        fetch->savedate > fetch->internaldate + SAVED_LATER_S)
        return true;
    if (fetch->header_read && !fetch->has_received)
        return true;
    return !fetch->savedate && fetch->internaldate && rules->newest &&
           fetch->internaldate < rules->newest - DAY_S;
}

bool rules_want(const struct rules *rules, const struct response *fetch)
{
    if (fetch->flags & (FLAG_SEEN | FLAG_DELETED | FLAG_DRAFT))
        return false;
    return !rules->deliveries_only || !was_put(rules, fetch);
}

static struct match_verdict find(const struct rules *rules,
                                 struct match_subject *subject)
{
    if (!rules->account)
        return (struct match_verdict){.rule = RULE_NONE};
    subject->mailbox = rules->mailbox;
    subject->separator = rules->separator;
    subject->uses = rules->uses;
    subject->searches = rules->waiting != NULL;
    return match_rule(rules->account, subject);
}

size_t rules_find(const struct rules *rules, const struct response *fetch,
                  struct letterhead *letterhead)
{
    struct match_subject subject = {
        .header = fetch->header,
        .length = fetch->header_length,
        .origin = fetch->origin,
        .origin_length = fetch->origin_length,
        .whole = fetch->header_read && !fetch->header_cut,
        .origin_cut = fetch->origin_cut,
    };
    struct match_verdict verdict = find(rules, &subject);

    *letterhead = (struct letterhead){0};
    if (rules->heads)
        heads_read(fetch, letterhead);
    if (!verdict.asks)
        return verdict.rule;
    if (waiting_add(rules->waiting, fetch->uid, fetch->internaldate, &verdict,
                    letterhead))
        return RULE_WAITS;
    *letterhead = (struct letterhead){0};
    return RULE_NONE;
}

size_t rules_doubt(const struct rules *rules)
{
    struct match_subject subject = {.header = ""};
    struct match_verdict verdict = find(rules, &subject);

    return verdict.asks ? RULE_NONE : verdict.rule;
}

bool rules_silence(const struct rules *rules, size_t rule)
{
    return rule != RULE_NONE && rules->account->rules[rule].push == RULE_NEVER;
}

int64_t rules_bit(const struct rules *rules, size_t rule)
{
    return rules_silence(rules, rule) ? 0 : INT64_C(1) << rule;
}

void rules_remember(struct rules *rules, const struct response *fetch)
{
    if (fetch->internaldate > rules->newest)
        rules->newest = fetch->internaldate;
    if (fetch->emailid[0]) {
        memcpy(rules->seen[rules->next_seen], fetch->emailid,
               RESPONSE_EMAILID_SIZE);
        rules->next_seen = (rules->next_seen + 1) % RULES_SEEN;
    }
}
