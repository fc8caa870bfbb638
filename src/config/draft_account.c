/*
 * What the table of keys cannot say about an account: rules on more than one
 * key, and the forms of names. The words quote what was written: nothing of an
 * account is secret but its command, which is never shown.
 */
#include "config/draft.h"

#include "base/mailbox.h"
#include "base/use.h"
#include "config/host.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PORT_IMAPS 993 /* RFC 8314 §3.2 */
#define PORT_IMAP 143

static void complain(const struct object *object, const char *key,
                     const char *words)
{
    reading_error(object->reading, object_place(object, key), "%s %s", key,
                  words);
}

/* Null, or what is wrong with the name of a server. */
static const char *host_trouble(const char *host)
{
    if (host_is_valid(host))
        return NULL;
    if (strpbrk(host, " \t"))
        return "must not have blanks in it";
    if (strpbrk(host, "/:@[]"))
        return "must be a name or an address alone, without imaps://, user or "
               "port (which are keys of their own)";
    return "must be a name in ASCII (xn--... for others) or an address";
}

static void check_host(struct account_draft *draft, const struct object *object)
{
    struct account *account = &draft->account;

    if (!draft->host)
        return; /* complained about already */
    for (char *c = draft->host; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    account->host = draft->host;
    const char *trouble = host_trouble(draft->host);

    if (trouble)
        complain(object, "host", trouble);
    if (!account->tls_name)
        account->tls_name = account->host;
    else if (host_trouble(account->tls_name))
        complain(object, "tls_name", host_trouble(account->tls_name));
}

static void check_tls(struct account_draft *draft, const struct object *object)
{
    struct account *account = &draft->account;

    if (draft->port == 0)
        draft->port =
            account->tls == ACCOUNT_TLS_IMPLICIT ? PORT_IMAPS : PORT_IMAP;
    account->port = (uint16_t)draft->port;
    if (account->tls == ACCOUNT_TLS_NONE && account->host &&
        !host_is_loopback(account->host))
        complain(object, "tls",
                 "= \"none\" is for loopback addresses only (localhost, "
                 "127.0.0.1, ::1): a password must not cross a network like "
                 "that");
    if (account->ca_file)
        account->ca_file = object_path(object, account->ca_file);
}

const char *draft_mailbox_trouble(const char **entry)
{
    const char *name = *entry;

    if (strcasecmp(name, "INBOX") == 0) /* RFC 3501 §5.1 */
        *entry = "INBOX";
    if (strlen(name) > MAILBOX_NAME_MAX)
        return "is longer than 1000 bytes";
    if (name[0] == '\\' && use_of(name + 1) == 0)
        return "is not a special use that is known (there are \\All, "
               "\\Archive, \\Drafts, \\Flagged, \\Important, \\Junk, \\Sent "
               "and \\Trash)";
    return NULL;
}

static bool is_in(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static void check_names(const char *key, const char **names, size_t count,
                        const struct object *object)
{
    struct place place = object_place(object, key);

    for (size_t i = 0; i < count; i++) {
        const char *trouble = draft_mailbox_trouble(&names[i]);

        if (is_in(names, i, names[i]))
            trouble = "is there more than once";
        if (trouble)
            reading_error(object->reading, place, "%s: \"%.80s\" %s", key,
                          names[i], trouble);
    }
}

static void check_mailboxes(struct account_draft *draft,
                            const struct object *object)
{
    static const char *const usual[] = {"\\Junk",     "\\Trash", "\\Drafts",
                                        "\\Sent",     "\\All",   "\\Flagged",
                                        "\\Important"};
    struct account *account = &draft->account;

    if (account->mailbox_count == 0)
        complain(object, "mailboxes", "must name at least one mailbox");
    check_names("mailboxes", draft->mailboxes, account->mailbox_count, object);
    check_names("exclude", draft->exclude, account->exclude_count, object);
    account->mailboxes = draft->mailboxes;
    account->exclude = draft->exclude;
    if (!object_has(object, "exclude")) {
        account->exclude = usual;
        account->exclude_count = sizeof usual / sizeof *usual;
    }
}

void account_draft_check(struct account_draft *draft,
                         const struct object *object)
{
    check_host(draft, object);
    check_tls(draft, object);
    auth_draft_check(draft, object);
    check_mailboxes(draft, object);
    rules_draft_check(draft, object);
}
