/*
 * The rules of an account: groups of their own, in an order that matters.
 */
#include "config/draft.h"

#include "base/buffer.h"
#include "base/digest.h"

#include <stdint.h>

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

static void add_words(struct buffer *words, const char *text)
{
    buffer_printf(words, "%s\n",
                  text ? text : ""); /* texts have no line feed */
}

/* By host and user, not by the account's name, as cursors are. */
static void identify(struct rule *rule, const struct account *account)
{
    struct buffer words;

    buffer_init(&words, SIZE_MAX / 2);
    add_words(&words, account->host);
    add_words(&words, account->user);
    add_words(&words, rule->mailbox);
    add_words(&words, rule->list_id);
    add_words(&words, rule->from);
    add_words(&words, rule->to);
    add_words(&words, rule->subject);
    add_words(&words, rule->gmail_search);
    buffer_printf(&words, "%d %d %d\n", rule->auto_submitted, rule->push,
                  rule->interval_s);
    for (size_t i = 0; i < rule->endpoint_count; i++)
        add_words(&words, rule->endpoints[i]);
    digest_hex(words.data, words.length, rule->id, RULE_ID_SIZE - 1);
    buffer_finish(&words);
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
        identify(&rules[i], &draft->account);
    }
    draft->account.rules = rules;
    draft->account.rule_count = (size_t)count;
}
