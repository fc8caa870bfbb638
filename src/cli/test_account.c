/*
 * --test-account: a tick for each step that is done; where one fails, the
 * reason and the remedy.
 */
#include "cli/colour.h"
#include "cli/probe.h"
#include "cli/output.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "core/remedy.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *code, *title;
} steps[STEP_COUNT] = {
    [STEP_SECRET] = {"secret", "password"},
    [STEP_LOOKUP] = {"lookup", "host"},
    [STEP_CONNECT] = {"connect", "connection"},
    [STEP_TLS] = {"tls", "TLS"},
    [STEP_LOGIN] = {"login", "login"},
    [STEP_OFFER] = {"offer", "offers"},
    [STEP_MAILBOXES] = {"mailboxes", "mailboxes"},
    [STEP_WATCH] = {"watch", "watching"},
    [STEP_METADATA] = {"metadata", "METADATA"},
};

enum mark { MARK_DONE, MARK_LACKS, MARK_HINT, MARK_FAILED, MARKS };

static const struct {
    const char *word, *sign, *plain_sign;
    enum colour colour;
} marks[MARKS] = {
    [MARK_DONE] = {"done", "\xe2\x9c\x93", "ok", COLOUR_GOOD},
    [MARK_LACKS] = {"lacks", "!", "! ", COLOUR_DOUBT},
    [MARK_HINT] = {"hint", "-", "- ", COLOUR_FAINT},
    [MARK_FAILED] = {"failed", "\xe2\x9c\x97", "XX", COLOUR_BAD},
};

/* What a test has found so far. */
struct test {
    bool signs; /* the terminal has ticks and crosses */
    bool quiet;
    struct json *json; /* null: for a person */
    int next;          /* the step that is under way */
    bool lacks;
};

static void write_step(struct json *json, int step, enum mark mark,
                       const char *text)
{
    json_open_object(json, NULL);
    json_text(json, "step", steps[step].code);
    json_text(json, "result", marks[mark].word);
    json_text(json, "text", text);
    json_close_object(json);
}

static void show_step(const struct test *test, int step, enum mark mark,
                      const char *text)
{
    char *clean = xstrdup(text);

    text_sanitise(clean);
    if (test->json)
        write_step(test->json, step, mark, text);
    else if (!test->quiet)
        printf("%s%s%s %-10s  %s\n", colour_begin(marks[mark].colour),
               test->signs ? marks[mark].sign : marks[mark].plain_sign,
               colour_end(), steps[step].title, clean);
    fflush(stdout);
    free(clean);
}

static void take(struct probe *probe, const struct report *report)
{
    static const enum mark marks_of[STEP_RESULTS] = {[STEP_DONE] = MARK_DONE,
                                                     [STEP_LACKS] = MARK_LACKS,
                                                     [STEP_HINT] = MARK_HINT};
    struct test *test = probe->context;

    if (report->type != REPORT_STEP)
        return;
    /* in clear text only on this machine: as it is wanted */
    test->lacks = test->lacks ||
                  (report->result == STEP_LACKS && report->step != STEP_TLS);
    test->next = (int)report->step + 1;
    show_step(test, (int)report->step, marks_of[report->result], report->text);
}

/* The step that was under way, and what can be done. */
static void show_failure(const struct test *test, const struct probe *probe)
{
    const struct error *err = &probe->err;
    char action[REMEDY_SIZE];
    int step = test->next < STEP_COUNT ? test->next : STEP_COUNT - 1;

    show_step(test, step, MARK_FAILED, err->text);
    if (!test->json && !test->quiet)
        printf("%*s-> %s\n", test->signs ? 14 : 15, "",
               remedy_for(err->code, probe->account->name, action));
}

static void end_json(struct json *json, const struct probe *probe)
{
    const struct error *err = &probe->err;

    json_close_array(json);
    json_truth(json, "ok", !err->code[0]);
    if (err->code[0])
        remedy_write(json, "error", err->code, probe->account->name, err->text);
    else
        json_null(json, "error");
    output_close(json);
}

static void begin_json(struct json *json, struct buffer *out, const char *name)
{
    output_open(json, out);
    json_text(json, "account", name);
    json_open_array(json, "steps");
}

int probe_test_account(const struct command *command)
{
    struct test test = {.quiet = command_has(command, OPTION_QUIET)};
    struct probe probe = {.context = &test, .take = take};
    struct buffer out;
    struct json json;
    int status = probe_find(&probe, command);

    if (status != 0)
        return status;
    colour_choose(command);
    setlocale(LC_CTYPE, "");
    test.signs = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (command_has(command, OPTION_JSON)) {
        test.json = &json;
        begin_json(&json, &out, probe.account->name);
    }
    probe_run_session(&probe, command, PURPOSE_TEST);
    if (probe.err.code[0])
        show_failure(&test, &probe);
    if (test.json)
        end_json(&json, &probe);
    status = probe_status(&probe);
    probe_finish(&probe);
    return status == 0 && test.lacks ? 1 : status;
}
