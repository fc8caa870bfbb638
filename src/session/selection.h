/*
 * Which of a server's mailboxes an account watches. Pure.
 *
 * An entry of the configuration is a name, a pattern ("*" stands for anything,
 * "%" for anything but the separator of levels, as in RFC 3501 section 6.3.8),
 * a special use ("\\Flagged"), or "all". Names and patterns are written as the
 * server has them, with its own separator.
 */
#ifndef IMAPPUSHD_SESSION_SELECTION_H
#define IMAPPUSHD_SESSION_SELECTION_H

#include "base/account.h"
#include "session/response.h"

#include <stdbool.h>
#include <stddef.h>

/* More mailboxes of one account are not watched. */
#define SELECTION_MAX 1000

struct selected {
    char *name;   /* owned */
    size_t entry; /* of the configuration, that asks for it */
};

struct selection {
    struct selected *list; /* INBOX first, then in the order of the entries */
    size_t count;
    bool cut; /* there were more than SELECTION_MAX */
};

/* Are all entries names, so that the server need not be asked? */
bool selection_is_plain(const struct account *account);

/* Takes a LIST response if the account wants that mailbox; what is excluded
 * and what cannot be selected is left out, unless it is named. */
void selection_take(struct selection *selection, const struct account *account,
                    const struct response *list);

/* Does the account want it? */
bool selection_wants(const struct account *account,
                     const struct response *list);

/* Is that name one of those taken? */
bool selection_has(const struct selection *selection, const char *name);

/* Is that entry a name, and no pattern? */
bool selection_is_name(const char *entry);

/* Adds the names of the configuration that no LIST told of (they may come), and
 * puts all in order. */
void selection_end(struct selection *selection, const struct account *account);

void selection_finish(struct selection *selection);

bool selection_matches(const char *pattern, const char *name, char separator);

/* Does an entry ask for the mailbox of that name, with those special uses? */
bool selection_covers(const char *entry, const char *name, char separator,
                      unsigned uses);

#endif
