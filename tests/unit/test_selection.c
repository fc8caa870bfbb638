/*
 * Which mailboxes are watched: patterns, special uses, "all", what is left out.
 */
#include "base/use.h"
#include "session/selection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* RFC 3501 section 6.3.8: "*" is zero or more characters, "%" the same without
 * the separator. */
static void patterns(void **state)
{
    static const struct {
        const char *pattern, *name;
        char separator;
        bool matches;
    } cases[] = {
        {"*", "a/b/c", '/', true},
        {"%", "a/b", '/', false},
        {"%", "a.b", '/', true},
        {"%", "a/b", '.', true},
        {"%", "a/b", '\0', true},
        {"Lists/*", "Lists/a/b", '/', true},
        {"Lists/%", "Lists/a/b", '/', false},
        {"Lists/%", "Lists/a", '/', true},
        {"Lists/%", "Lists/", '/', true},
        {"Lists/*", "Lists", '/', false},
        {"*/%", "a/b/c", '/', true},
        {"%/*", "a/b/c", '/', true},
        {"%/%", "a/b/c", '/', false},
        {"*b%d", "a/b/c/bcd", '/', true},
        {"*b%d", "a/b/c/d", '/', false},
        {"%%", "abc", '/', true},
        {"**", "", '/', true},
        {"a*", "b", '/', false},
        {"a*a", "a", '/', false},
        {"*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", '/', false},
        {"INBOX", "INBOX", '/', true},
        {"inbox", "INBOX", '/', false},
        {"Lists.%", "Lists.\xc3\x84rger", '.', true},
    };
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (selection_matches(cases[i].pattern, cases[i].name,
                              cases[i].separator) == cases[i].matches)
            continue;
        print_error("%s and %s\n", cases[i].pattern, cases[i].name);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static struct response listed(const char *name, const char *use,
                              bool selectable)
{
    struct response list = {.kind = RESPONSE_LIST,
                            .understood = true,
                            .separator = '/',
                            .selectable = selectable,
                            .uses = use_of(use)};

    snprintf(list.mailbox, sizeof list.mailbox, "%s", name);
    return list;
}

/* A server as people have it. */
static void take_all(struct selection *selection, const struct account *account)
{
    static const struct {
        const char *name, *use;
        bool selectable;
    } server[] = {
        {"Sent", "Sent", true},       {"Junk", "Junk", true},
        {"Lists", "", false},         {"Lists/debian", "", true},
        {"Lists/imap", "", true},     {"INBOX", "", true},
        {"Starred", "Flagged", true}, {"Archive", "Archive", true},
        {"All Mail", "All", true},
    };

    for (size_t i = 0; i < COUNT(server); i++) {
        struct response list =
            listed(server[i].name, server[i].use, server[i].selectable);

        selection_take(selection, account, &list);
    }
    selection_end(selection, account);
}

static void assert_selected(const char *const *mailboxes, size_t count,
                            const char *const *exclude, size_t exclude_count,
                            const char *wanted)
{
    struct account account = {.mailboxes = mailboxes,
                              .mailbox_count = count,
                              .exclude = exclude,
                              .exclude_count = exclude_count};
    struct selection selection = {0};
    char found[512] = "";

    take_all(&selection, &account);
    for (size_t i = 0; i < selection.count; i++) {
        strcat(found, selection.list[i].name);
        strcat(found, "|");
    }
    assert_string_equal(found, wanted);
    selection_finish(&selection);
}

static const char *const usual[] = {"\\Junk",     "\\Trash", "\\Drafts",
                                    "\\Sent",     "\\All",   "\\Flagged",
                                    "\\Important"};

#define SELECTED(wanted, ...)                                                  \
    do {                                                                       \
        static const char *const entries[] = {__VA_ARGS__};                    \
        assert_selected(entries, COUNT(entries), usual, COUNT(usual), wanted); \
    } while (0)

static void all_but_junk_and_the_like(void **state)
{
    (void)state;
    SELECTED("INBOX|Archive|Lists/debian|Lists/imap|", "all");
    SELECTED("INBOX|Archive|Lists/debian|Lists/imap|", "*");
}

static void what_is_named_is_not_left_out(void **state)
{
    (void)state;
    SELECTED("INBOX|Sent|Junk|", "INBOX", "\\Sent", "Junk");
    SELECTED("INBOX|Lists/debian|Lists/imap|Junk|", "Lists/%", "Junk", "INBOX");
}

static void special_use_of_any_name(void **state)
{
    (void)state;
    SELECTED("Starred|", "\\Flagged");
    SELECTED("Archive|", "\\ARCHIVE");
}

/* It may be made later. */
static void name_that_is_not_there_is_kept(void **state)
{
    (void)state;
    SELECTED("INBOX|Nowhere|", "Nowhere", "\\Trash", "INBOX");
}

static void left_out_by_pattern(void **state)
{
    static const char *const all[] = {"all"}, *const lists[] = {"Lists/*"};

    (void)state;
    assert_selected(all, 1, lists, 1,
                    "INBOX|All Mail|Archive|Junk|Sent|Starred|");
    assert_selected(all, 1, NULL, 0,
                    "INBOX|All Mail|Archive|Junk|Lists/debian|Lists/imap|Sent|"
                    "Starred|");
}

static void thousands_of_mailboxes(void **state)
{
    static const char *const all[] = {"all"};
    const struct account account = {.mailboxes = all, .mailbox_count = 1};
    struct selection selection = {0};
    char name[32];

    (void)state;
    for (int i = 0; i < SELECTION_MAX + 10; i++) {
        snprintf(name, sizeof name, "box%d", i);
        struct response list = listed(name, "", true);

        selection_take(&selection, &account, &list);
    }
    assert_int_equal(selection.count, SELECTION_MAX);
    assert_true(selection.cut);
    selection_finish(&selection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns),
        cmocka_unit_test(all_but_junk_and_the_like),
        cmocka_unit_test(what_is_named_is_not_left_out),
        cmocka_unit_test(special_use_of_any_name),
        cmocka_unit_test(name_that_is_not_there_is_kept),
        cmocka_unit_test(left_out_by_pattern),
        cmocka_unit_test(thousands_of_mailboxes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
