#include "session/listing.h"

#include "base/alloc.h"
#include "base/log.h"
#include "session/link.h"
#include "session/mailbox.h"

#include <stdio.h>
#include <string.h>

/* More mailboxes with a special use are not noted; there are a dozen uses. */
#define SPECIALS_MAX 100

/* Special uses come with a plain LIST as well, from most servers; where it can
 * be asked for, it is. */
static tag_number ask(struct session *session, struct error *err)
{
    const unsigned both = CAPABILITY_SPECIAL_USE | CAPABILITY_LIST_EXTENDED;
    bool can = (session->capabilities & both) == both;

    link_stay_alive(session);
    return dialogue_command(&session->dialogue, err, "LIST \"\" \"*\"%s",
                            can ? " RETURN (SPECIAL-USE)" : "");
}

int listing_take(struct session *session, struct selection *selection,
                 struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    enum dialogue_event event;

    if (selection_is_plain(session->account)) {
        selection_end(selection, session->account);
        return 0;
    }
    tag_number tag = ask(session, err);

    if (!tag)
        return -1;
    while ((event = mailbox_await(session, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (event == DIALOGUE_DATA && dialogue->response.understood &&
            dialogue->response.kind == RESPONSE_LIST)
            selection_take(selection, session->account, &dialogue->response);
    }
    session->listed = false;
    if (dialogue->reply.condition != CONDITION_OK)
        return dialogue_refused(dialogue, "to list the mailboxes", ERROR_LATER,
                                err);
    selection_end(selection, session->account);
    if (selection->cut)
        log_warning("there are more than %d mailboxes to watch; the rest is "
                    "left out",
                    SELECTION_MAX);
    if (selection->count == 0)
        return error_set(err, ERROR_PERSON, "mailbox",
                         "no mailbox of the server is one to watch; see "
                         "mailboxes and exclude in imappushd.conf(5)");
    return 0;
}

static bool same(const struct session *session,
                 const struct selection *selection)
{
    if (selection->count != session->count)
        return false;
    for (size_t i = 0; i < selection->count; i++) {
        if (strcmp(selection->list[i].name, session->watched[i].mailbox.name) !=
            0)
            return false;
    }
    return true;
}

int listing_check(struct session *session, struct error *err)
{
    struct selection selection = {0};
    int result = 0;

    if (!session->plan->lead || selection_is_plain(session->account))
        return 0;
    result = listing_take(session, &selection, err);
    if (result == 0 && !same(session, &selection))
        result = error_set(err, ERROR_NOW, "list",
                           "there are other mailboxes to watch than before");
    selection_finish(&selection);
    return result;
}

/* ---- for a person who asks ---- */

static void show(struct session *session, const struct report *listed)
{
    struct report report = *listed;

    report.type = REPORT_LISTED;
    link_report(session, &report, 0);
}

static void show_listed(struct session *session, const struct response *list)
{
    const struct report listed = {.mailbox = list->mailbox,
                                  .watched =
                                      selection_wants(session->account, list),
                                  .selectable = list->selectable,
                                  .uses = list->uses};

    show(session, &listed);
}

static void show_missing(struct session *session,
                         const struct selection *selection,
                         struct listing_sum *sum)
{
    const struct account *account = session->account;

    for (size_t i = 0; i < account->mailbox_count; i++) {
        const char *name = account->mailboxes[i];
        const struct report listed = {.mailbox = name, .missing = true};

        if (!selection_is_name(name) || selection_has(selection, name))
            continue;
        show(session, &listed);
        if (sum->missing++ == 0)
            snprintf(sum->first_missing, sizeof sum->first_missing, "%s", name);
    }
}

int listing_show(struct session *session, struct selection *selection,
                 struct listing_sum *sum, struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    const struct response *list = &dialogue->response;
    tag_number tag = ask(session, err);
    enum dialogue_event event;

    if (!tag)
        return -1;
    while ((event = mailbox_await(session, tag, err)) != DIALOGUE_DONE) {
        if (event == DIALOGUE_ERROR)
            return -1;
        if (event != DIALOGUE_DATA || list->kind != RESPONSE_LIST ||
            !list->understood)
            continue;
        sum->all++;
        show_listed(session, list);
        selection_take(selection, session->account, list);
    }
    if (dialogue->reply.condition != CONDITION_OK)
        return dialogue_refused(dialogue, "to list the mailboxes", ERROR_LATER,
                                err);
    show_missing(session, selection, sum);
    selection_end(selection, session->account);
    return 0;
}

/* ---- what rules ask for ---- */

static bool is_needed(const struct account *account)
{
    for (size_t i = 0; i < account->rule_count; i++) {
        const char *entry = account->rules[i].mailbox;

        if (entry && (entry[0] == '\\' || strchr(entry, '%')))
            return true;
    }
    return false;
}

int listing_learn(struct session *session, struct error *err)
{
    bool taken = session->plan->lead && !selection_is_plain(session->account);

    if (taken || !is_needed(session->account))
        return 0;
    tag_number tag = ask(session, err);
    int refused = tag ? mailbox_finish(session, tag, err) : -1;

    session->listed = false;
    if (refused > 0)
        log_warning("the server does not list its mailboxes; rules for special "
                    "uses never match");
    return refused < 0 ? -1 : 0;
}

static struct special *find(const struct session *session, const char *name)
{
    for (size_t i = 0; i < session->special_count; i++) {
        if (strcmp(session->specials[i].name, name) == 0)
            return &session->specials[i];
    }
    return NULL;
}

void listing_note(struct session *session, const struct response *list)
{
    if (!list->understood || !is_needed(session->account))
        return;
    if (list->separator)
        session->separator = list->separator;
    struct special *special = find(session, list->mailbox);

    if (!special && list->uses && session->special_count < SPECIALS_MAX) {
        session->specials =
            xreallocarray(session->specials, session->special_count + 1,
                          sizeof *session->specials);
        special = &session->specials[session->special_count++];
        special->name = xstrdup(list->mailbox);
    }
    if (special)
        special->uses = list->uses;
}

unsigned listing_uses(const struct session *session, const char *name)
{
    const struct special *special = find(session, name);

    return special ? special->uses : 0;
}
