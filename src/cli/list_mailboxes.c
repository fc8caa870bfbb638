/*
 * --list-mailboxes: what the server has, and which of it is watched.
 */
#include "cli/colour.h"
#include "cli/probe.h"
#include "cli/output.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "base/use.h"
#include "core/remedy.h"

#include <stdio.h>
#include <stdlib.h>

struct list {
    struct json *json; /* null: for a person */
    bool names_only;   /* of those that are watched */
    bool lacks;
};

static void write_mailbox(struct json *json, const struct report *mailbox)
{
    unsigned uses = mailbox->uses;
    const char *use;
    char name[32];

    json_open_object(json, NULL);
    json_text(json, "name", mailbox->mailbox);
    json_truth(json, "watched", mailbox->watched);
    json_truth(json, "missing", mailbox->missing);
    json_truth(json, "selectable", mailbox->selectable);
    json_open_array(json, "uses");
    while ((use = use_take(&uses))) {
        snprintf(name, sizeof name, "\\%s", use);
        json_text(json, NULL, name);
    }
    json_close_array(json);
    json_close_object(json);
}

/* What a stranger chose stays on its line. */
static void print_name(const char *name)
{
    char *clean = xstrdup(name);

    text_sanitise(clean);
    fputs(clean, stdout);
    free(clean);
}

static void print_mailbox(const struct report *mailbox)
{
    const char *word = mailbox->missing       ? "missing"
                       : mailbox->watched     ? "watched"
                       : !mailbox->selectable ? "no mail"
                                              : "-";
    enum colour colour = mailbox->missing   ? COLOUR_BAD
                         : mailbox->watched ? COLOUR_GOOD
                                            : COLOUR_FAINT;
    unsigned uses = mailbox->uses;
    const char *use;

    printf("%s%-7s%s  ", colour_begin(colour), word, colour_end());
    print_name(mailbox->mailbox);
    while ((use = use_take(&uses)))
        printf("  \\%s", use);
    printf("\n");
}

static void take(struct probe *probe, const struct report *report)
{
    struct list *list = probe->context;

    if (report->type != REPORT_LISTED)
        return;
    list->lacks = list->lacks || report->missing;
    if (list->json) {
        write_mailbox(list->json, report);
    } else if (!list->names_only) {
        print_mailbox(report);
    } else if (report->watched) {
        print_name(report->mailbox);
        printf("\n");
    }
}

static void end(const struct list *list, const struct probe *probe)
{
    const struct error *err = &probe->err;
    struct json *json = list->json;
    char action[REMEDY_SIZE];

    if (err->code[0])
        fprintf(stderr, "imappushd: %s\nimappushd: what you can do: %s\n",
                err->text, remedy_for(err->code, probe->account->name, action));
    if (!json)
        return;
    json_close_array(json);
    if (err->code[0])
        remedy_write(json, "error", err->code, probe->account->name, err->text);
    else
        json_null(json, "error");
    output_close(json);
}

int probe_list_mailboxes(const struct command *command)
{
    struct list list = {.names_only = command_has(command, OPTION_QUIET)};
    struct probe probe = {.context = &list, .take = take};
    struct buffer out;
    struct json json;
    int status = probe_find(&probe, command);

    if (status != 0)
        return status;
    colour_choose(command);
    if (command_has(command, OPTION_JSON)) {
        output_open(&json, &out);
        json_text(&json, "account", probe.account->name);
        json_open_array(&json, "mailboxes");
        list.json = &json;
    }
    probe_run_session(&probe, command, PURPOSE_LIST);
    end(&list, &probe);
    status = probe_status(&probe);
    probe_finish(&probe);
    return status == 0 && list.lacks ? 1 : status;
}
