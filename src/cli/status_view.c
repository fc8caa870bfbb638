/*
 * The status as a person reads it: a line for the daemon, each account and each
 * endpoint, what is wrong below it, and what to do about that.
 */
#include "cli/status.h"

#include "base/alloc.h"
#include "base/text.h"
#include "cli/colour.h"
#include "cli/moment.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where what there is to say about a name begins; longer names push it. */
#define NAME_MAX_COLUMNS 24

static int column; /* of what follows names */

/* ---- text ---- */

static int columns(const char *text)
{
    int count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* What a stranger may have chosen goes to a terminal only like this. */
static void print_clean(const char *text)
{
    char *clean = xstrdup(text);

    text_sanitise(clean);
    fputs(clean, stdout);
    free(clean);
}

static void print_padded(const char *text, int width)
{
    print_clean(text);
    printf("%*s", width > columns(text) ? width - columns(text) : 0, "");
}

static void print_name(const char *name)
{
    fputs(colour_begin(COLOUR_STRONG), stdout);
    print_padded(name, column - 2);
    printf("%s  ", colour_end());
}

static void print_coloured(enum colour colour, const char *text)
{
    printf("%s%s%s", colour_begin(colour), text, colour_end());
}

/* "; next try 12:41" where there is such a moment. */
static void print_moment(const struct answer *object, const char *member,
                         const char *words)
{
    time_t moment = moment_parse(answer_text(object, member));
    char text[40];

    if (moment >= 0)
        printf("%s %s", words,
               moment_name(moment, time(NULL), text, sizeof text));
}

/* An object with text and action, below what it is about. */
static void print_trouble(const struct answer *trouble)
{
    printf("%*s", column, "");
    print_clean(answer_text(trouble, "text"));
    printf("\n%*s%s-> ", column, "", colour_begin(COLOUR_STRONG));
    print_clean(answer_text(trouble, "action"));
    printf("%s\n", colour_end());
}

static void print_troubles(const struct answer *array)
{
    const struct answer *trouble = answer_first(array);

    for (; trouble; trouble = answer_after(trouble))
        print_trouble(trouble);
}

/* ---- states ---- */

static enum colour colour_of(const char *state)
{
    static const struct {
        const char *state;
        enum colour colour;
    } known[] = {
        {"watching", COLOUR_GOOD},    {"ok", COLOUR_GOOD},
        {"connecting", COLOUR_DOUBT}, {"offline", COLOUR_DOUBT},
        {"waiting", COLOUR_DOUBT},    {"retrying", COLOUR_DOUBT},
        {"disabled", COLOUR_FAINT},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].state, state) == 0)
            return known[i].colour;
    }
    return COLOUR_BAD;
}

static bool is_well(const struct answer *object)
{
    static const char *const well[] = {"watching", "connecting", "disabled",
                                       "ok"};
    const char *state = answer_text(object, "state");

    for (size_t i = 0; i < sizeof well / sizeof *well; i++) {
        if (strcmp(well[i], state) == 0)
            return true;
    }
    return false;
}

static bool are_well(const struct answer *array)
{
    const struct answer *object = answer_first(array);

    while (object && is_well(object))
        object = answer_after(object);
    return !object;
}

bool status_is_degraded(const struct answer *status)
{
    const struct answer *daemon = answer_member(status, "daemon");

    return answer_first(answer_member(daemon, "troubles")) ||
           !are_well(answer_member(status, "accounts")) ||
           !are_well(answer_member(status, "endpoints"));
}

/* ---- accounts ---- */

static void print_mailbox(const struct answer *mailbox, int width)
{
    const char *watch = answer_text(mailbox, "watch");
    int64_t uidnext = answer_number(mailbox, "uidnext");

    printf("%*s", column, "");
    print_padded(answer_text(mailbox, "name"), width);
    if (answer_truth(mailbox, "missing")) {
        printf("  not on the server\n");
        return;
    }
    printf("  %-6s", *watch ? watch : "-");
    if (uidnext > 0)
        printf("  next UID %lld", (long long)uidnext);
    print_moment(mailbox, "last_event", "; last event");
    print_moment(mailbox, "last_proven", "; last proven");
    printf("\n");
}

static void print_mailboxes(const struct answer *mailboxes)
{
    const struct answer *mailbox;
    int width = 0;

    for (mailbox = answer_first(mailboxes); mailbox;
         mailbox = answer_after(mailbox)) {
        int needed = columns(answer_text(mailbox, "name"));

        if (needed > width && needed <= 2 * NAME_MAX_COLUMNS)
            width = needed;
    }
    for (mailbox = answer_first(mailboxes); mailbox;
         mailbox = answer_after(mailbox))
        print_mailbox(mailbox, width);
}

struct sum {
    size_t count, missing;
    const char *first;
    const char *event;  /* the newest; texts of this form sort as moments do */
    const char *proven; /* the oldest */
};

static struct sum sum_up(const struct answer *mailboxes)
{
    const struct answer *mailbox = answer_first(mailboxes);
    struct sum sum = {.first = "", .event = ""};

    for (; mailbox; mailbox = answer_after(mailbox)) {
        const char *event = answer_text(mailbox, "last_event");
        const char *proven = answer_text(mailbox, "last_proven");

        if (sum.count++ == 0)
            sum.first = answer_text(mailbox, "name");
        if (strcmp(event, sum.event) > 0)
            sum.event = event;
        if (answer_truth(mailbox, "missing"))
            sum.missing++;
        else if (!sum.proven || strcmp(proven, sum.proven) < 0)
            sum.proven = proven;
    }
    return sum;
}

/* "INBOX and 2 more by notify (1 connection); last event 12:41, ..." */
static void print_watching(const struct answer *account)
{
    struct sum sum = sum_up(answer_member(account, "mailboxes"));
    int64_t connections = answer_number(account, "connections");
    time_t event = moment_parse(sum.event), now = time(NULL);
    time_t proven = moment_parse(sum.proven ? sum.proven : "");
    char text[40];

    printf(" ");
    print_clean(sum.first);
    if (sum.count > 1)
        printf(" and %zu more", sum.count - 1);
    printf(" by %s (%lld connection%s)", answer_text(account, "watch"),
           (long long)connections, connections == 1 ? "" : "s");
    if (event >= 0)
        printf("; last event %s", moment_name(event, now, text, sizeof text));
    if (proven >= 0)
        printf("; last proven %s", moment_name(proven, now, text, sizeof text));
    if (sum.missing > 0)
        printf("; %zu not on the server", sum.missing);
}

static void print_account(const struct answer *account, bool detail)
{
    const char *state = answer_text(account, "state");
    const struct answer *error = answer_member(account, "error");

    print_name(answer_text(account, "name"));
    print_coloured(colour_of(state), state);
    if (strcmp(state, "watching") == 0)
        print_watching(account);
    else
        print_moment(account, "since", " since");
    print_moment(account, "next_try", "; next try");
    printf("\n");
    if (error)
        print_trouble(error);
    if (detail)
        print_mailboxes(answer_member(account, "mailboxes"));
}

/* ---- endpoints ---- */

static void print_endpoint(const struct answer *endpoint)
{
    const char *state = answer_text(endpoint, "state");
    const struct answer *error = answer_member(endpoint, "error");
    int64_t status = answer_number(endpoint, "last_status");

    print_name(answer_text(endpoint, "name"));
    print_coloured(colour_of(state), state);
    printf("; %s to ", answer_text(endpoint, "kind"));
    print_clean(answer_text(endpoint, "label"));
    print_moment(endpoint, "last_ok", "; took the last push at");
    if (status > 0)
        printf(" (%lld)", (long long)status);
    if (answer_truth(endpoint, "owed"))
        printf("; a push is owed");
    print_moment(endpoint, "next_try", ", next try");
    printf("\n");
    if (error)
        print_trouble(error);
}

/* ---- all of it ---- */

static void widen(const struct answer *array)
{
    const struct answer *object = answer_first(array);

    for (; object; object = answer_after(object)) {
        int needed = columns(answer_text(object, "name")) + 2;

        if (needed > column && needed <= NAME_MAX_COLUMNS + 2)
            column = needed;
    }
}

static void print_daemon(const struct answer *daemon)
{
    time_t since = moment_parse(answer_text(daemon, "since"));
    char text[40];

    print_name("daemon");
    if (!daemon) {
        print_coloured(COLOUR_BAD, "not running");
        printf("\n");
        return;
    }
    print_coloured(COLOUR_GOOD, "running");
    printf(" for %s, process %lld\n",
           moment_span(since, time(NULL), text, sizeof text),
           (long long)answer_number(daemon, "pid"));
    print_troubles(answer_member(daemon, "troubles"));
}

void status_view_print(const struct answer *status, bool detail)
{
    const struct answer *accounts = answer_member(status, "accounts");
    const struct answer *endpoints = answer_member(status, "endpoints");
    const struct answer *advice = answer_member(status, "advice");
    const struct answer *object;

    column = (int)sizeof "daemon" + 1;
    widen(accounts);
    widen(endpoints);
    print_daemon(answer_member(status, "daemon"));
    for (object = answer_first(accounts); object; object = answer_after(object))
        print_account(object, detail);
    for (object = answer_first(endpoints); object;
         object = answer_after(object))
        print_endpoint(object);
    if (answer_first(advice)) {
        print_name("advice");
        printf("this does not survive a logout or a reboot:\n");
        print_troubles(advice);
    }
}
