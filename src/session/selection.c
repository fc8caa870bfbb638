#include "session/selection.h"

#include "base/alloc.h"
#include "base/use.h"
#include "session/registration.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_all(const char *entry)
{
    return strcasecmp(entry, "all") == 0;
}

bool selection_is_name(const char *entry)
{
    return entry[0] != '\\' && !strpbrk(entry, "*%") && !is_all(entry);
}

bool selection_is_plain(const struct account *account)
{
    for (size_t i = 0; i < account->mailbox_count; i++) {
        if (!selection_is_name(account->mailboxes[i]))
            return false;
    }
    return true;
}

/* A mismatch lets the newest "%" take one more, or where that is at a separator
 * the newest "*": a pattern costs no more than its length times the name's. */
bool selection_matches(const char *pattern, const char *name, char separator)
{
    const char *star = NULL, *star_name = NULL;
    const char *percent = NULL, *percent_name = NULL;

    while (*name) {
        if (*pattern == '*') {
            star = ++pattern;
            star_name = name;
            percent = NULL;
        } else if (*pattern == '%') {
            percent = ++pattern;
            percent_name = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (percent && *percent_name != separator) {
            pattern = percent;
            name = ++percent_name;
        } else if (star) {
            pattern = star;
            name = ++star_name;
            percent = NULL;
        } else {
            return false;
        }
    }
    while (*pattern == '*' || *pattern == '%')
        pattern++;
    return !*pattern;
}

bool selection_covers(const char *entry, const char *name, char separator,
                      unsigned uses)
{
    if (entry[0] == '\\')
        return uses & use_of(entry + 1);
    return is_all(entry) || selection_matches(entry, name, separator);
}

static bool entry_covers(const char *entry, const struct response *list)
{
    return selection_covers(entry, list->mailbox, list->separator, list->uses);
}

static bool is_excluded(const struct account *account,
                        const struct response *list)
{
    if (account->registers && registration_is_mailbox(list->mailbox))
        return true;
    for (size_t i = 0; i < account->exclude_count; i++) {
        if (entry_covers(account->exclude[i], list))
            return true;
    }
    return false;
}

/* The first entry that asks for the mailbox, or mailbox_count. */
static size_t entry_of(const struct account *account,
                       const struct response *list)
{
    bool excluded = is_excluded(account, list);
    size_t i = 0;

    for (; i < account->mailbox_count; i++) {
        const char *entry = account->mailboxes[i];
        bool wide = entry[0] != '\\' && !selection_is_name(entry);

        if (entry_covers(entry, list) && !(wide && excluded))
            break;
    }
    return i;
}

bool selection_wants(const struct account *account, const struct response *list)
{
    return list->selectable && entry_of(account, list) < account->mailbox_count;
}

bool selection_has(const struct selection *selection, const char *name)
{
    for (size_t i = 0; i < selection->count; i++) {
        if (strcmp(selection->list[i].name, name) == 0)
            return true;
    }
    return false;
}

static void add(struct selection *selection, const char *name, size_t entry)
{
    if (selection_has(selection, name))
        return;
    if (selection->count == SELECTION_MAX) {
        selection->cut = true;
        return;
    }
    selection->list = xreallocarray(selection->list, selection->count + 1,
                                    sizeof *selection->list);
    selection->list[selection->count++] =
        (struct selected){.name = xstrdup(name), .entry = entry};
}

void selection_take(struct selection *selection, const struct account *account,
                    const struct response *list)
{
    size_t entry =
        list->selectable ? entry_of(account, list) : account->mailbox_count;

    if (entry < account->mailbox_count)
        add(selection, list->mailbox, entry);
}

static int compare(const void *a, const void *b)
{
    const struct selected *left = a, *right = b;
    int inbox = (strcmp(right->name, "INBOX") == 0) -
                (strcmp(left->name, "INBOX") == 0);

    if (inbox)
        return inbox;
    if (left->entry != right->entry)
        return left->entry < right->entry ? -1 : 1;
    return strcmp(left->name, right->name);
}

void selection_end(struct selection *selection, const struct account *account)
{
    for (size_t i = 0; i < account->mailbox_count; i++) {
        if (selection_is_name(account->mailboxes[i]))
            add(selection, account->mailboxes[i], i);
    }
    if (selection->count > 1)
        qsort(selection->list, selection->count, sizeof *selection->list,
              compare);
}

void selection_finish(struct selection *selection)
{
    for (size_t i = 0; i < selection->count; i++)
        free(selection->list[i].name);
    free(selection->list);
    *selection = (struct selection){0};
}
