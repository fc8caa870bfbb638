/*
 * The rules of an account: groups of their own, in an order that matters.
 */
#include "config/draft.h"

static void complain(const struct object *group, const char *key,
                     const char *words)
{
    reading_error(group->reading, object_place(group, key), "%s %s", key,
                  words);
}

static void check_mailbox(struct rule *rule, const struct object *group)
{
    const char *trouble =
        rule->mailbox ? draft_mailbox_trouble(&rule->mailbox) : NULL;

    if (trouble)
        reading_error(group->reading, object_place(group, "mailbox"),
                      "mailbox: \"%.80s\" %s", rule->mailbox, trouble);
}

static void check_rule(struct rule_draft *draft, const struct object *group)
{
    struct rule *rule = &draft->rule;

    check_mailbox(rule, group);
    if (object_has(group, "auto_submitted"))
        rule->auto_submitted = draft->auto_submitted ? RULE_TRUE : RULE_FALSE;
    if (object_has(group, "interval") && rule->push != RULE_LATER)
        complain(group, "interval", "is for push = \"later\" only");
    if (object_has(group, "endpoints") && rule->push == RULE_NEVER)
        complain(group, "endpoints", "is not for push = \"never\"");
    if (object_has(group, "endpoints") && rule->endpoint_count == 0)
        complain(group, "endpoints", "must name at least one endpoint");
}

void rules_draft_check(struct account_draft *draft, const struct object *object)
{
    int count = draft->rules ? config_setting_length(draft->rules) : 0;

    if (count > RULES_MAX) {
        reading_error(object->reading, object_place(object, "rules"),
                      "rules are more than %d", RULES_MAX);
        return;
    }
    struct rule *rules = reading_take(object->reading, object->arena,
                                      (size_t)count * sizeof *rules);

    draft->rule_places = reading_take(object->reading, object->arena,
                                      (size_t)count * sizeof(struct place));
    for (int i = 0; i < count; i++) {
        const config_setting_t *setting =
            config_setting_get_elem(draft->rules, (unsigned)i);
        struct rule_draft rule = {0};
        struct object group = {
            .reading = object->reading,
            .arena = object->arena,
            .place = {object->place.file,
                      (unsigned)config_setting_source_line(setting)},
            .keys = &keys_rule,
            .draft = &rule,
        };

        object_read(&group, setting);
        check_rule(&rule, &group);
        draft->rule_places[i] = object_place(&group, "endpoints");
        rules[i] = rule.rule;
    }
    draft->account.rules = rules;
    draft->account.rule_count = (size_t)count;
}
