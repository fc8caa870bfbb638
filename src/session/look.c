#include "session/look.h"

enum glimpse_meaning glimpse_judge(const struct glimpse *glimpse,
                                   const struct cursor *cursor)
{
    if (cursor->uidnext == 0)
        return GLIMPSE_FIRST;
    /* a server that keeps its UIDVALIDITY to itself has not changed it */
    if (glimpse->uidvalidity && cursor->uidvalidity &&
        glimpse->uidvalidity != cursor->uidvalidity)
        return GLIMPSE_REBUILT;
    if (glimpse->uidnext == 0 || glimpse->uidnext > cursor->uidnext)
        return GLIMPSE_LOOK;
    return glimpse->uidnext < cursor->uidnext ? GLIMPSE_LOWERED
                                              : GLIMPSE_NOTHING;
}

void look_begin(struct look *look, const struct cursor *cursor,
                struct rules *rules)
{
    *look = (struct look){
        .rules = rules, .from = cursor->uidnext, .next = cursor->uidnext};
    if (rules->waiting)
        rules->waiting->count = 0;
    if (rules->heads)
        rules->heads->count = 0;
}

void look_count(struct look *look, size_t rule, int64_t uid,
                int64_t internaldate, const struct letterhead *letterhead)
{
    if (rules_silence(look->rules, rule))
        return;
    look->wanted = true;
    look->matched |= rules_bit(look->rules, rule);
    if (internaldate > look->internaldate)
        look->internaldate = internaldate;
    if (look->rules->heads)
        heads_note(look->rules->heads, rule, uid, letterhead);
}

void look_at(struct look *look, const struct response *fetch)
{
    if (!fetch->understood) {
        look->doubt = true;
        return;
    }
    if (fetch->uid == 0) /* a flag was changed somewhere */
        return;
    look->answered = true;
    if (fetch->uid < look->from)
        return;
    if (fetch->uid >= look->next && fetch->uid < UID_MAX)
        look->next = fetch->uid + 1;
    if (!rules_want(look->rules, fetch))
        return;
    rules_remember(look->rules, fetch);
    struct letterhead letterhead;
    size_t rule = rules_find(look->rules, fetch, &letterhead);

    if (rule != RULE_WAITS)
        look_count(look, rule, fetch->uid, fetch->internaldate, &letterhead);
}
