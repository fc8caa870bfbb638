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

static size_t find(const struct rules *rules, struct match_subject *subject)
{
    const struct account *account = rules->account;

    subject->mailbox = rules->mailbox;
    subject->separator = rules->separator;
    subject->uses = rules->uses;
    size_t rule = account ? match_rule(account, subject) : RULE_NONE;
    bool silent = rule != RULE_NONE && account->rules[rule].push == RULE_NEVER;

    return silent ? RULE_SILENT : rule;
}

size_t rules_find(const struct rules *rules, const struct response *fetch)
{
    struct match_subject subject = {
        .header = fetch->header,
        .length = fetch->header_length,
        .whole = fetch->header_read && !fetch->header_cut,
    };

    return find(rules, &subject);
}

size_t rules_doubt(const struct rules *rules)
{
    struct match_subject subject = {.header = ""};

    return find(rules, &subject);
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
