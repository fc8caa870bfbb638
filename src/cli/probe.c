#include "cli/probe.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/record.h"
#include "core/process.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Before the first promise of a session. */
#define BIRTH_MS 30000

/* ---- the account ---- */

static int choose(struct probe *probe, const char *name)
{
    const struct config *config = probe->config;

    if (name) {
        probe->account = config_account(config, name);
        if (probe->account)
            return EX_OK;
        fprintf(stderr, "imappushd: there is no account of that name; see "
                        "imappushd --list-accounts\n");
        return EX_NOINPUT;
    }
    if (config->account_count == 1) {
        probe->account = config->accounts;
        return EX_OK;
    }
    return command_misused("which account? There are %zu",
                           config->account_count);
}

int probe_find(struct probe *probe, const struct command *command)
{
    struct error err;
    int status = EX_CONFIG;

    probe->config = config_load(command->config, &err);
    if (!probe->config)
        fprintf(stderr, "imappushd: %s: %s\n", command->config, err.text);
    else if (probe->config->error_count > 0)
        fprintf(stderr, "imappushd: the configuration has errors; see "
                        "imappushd --check-config\n");
    else
        status = choose(probe, command->operand);
    if (status != EX_OK)
        probe_finish(probe);
    return status;
}

void probe_finish(struct probe *probe)
{
    config_unload(&probe->config);
}

/* ---- the session ---- */

struct birth {
    plan_main *session;
    struct plan plan;
};

static void become_session(void *context, int link)
{
    const struct birth *birth = context;

    birth->session(&birth->plan, link);
}

/* Until it has something to say (true) or is late. */
static bool await(const struct process *process)
{
    struct pollfd link = {.fd = process->link, .events = POLLIN};
    int64_t left_ms;

    while ((left_ms = process->by_ms - clock_boottime_ms()) > 0) {
        if (poll(&link, 1, left_ms < 60000 ? (int)left_ms : 60000) > 0)
            return true;
    }
    return false;
}

/* False after the last report, and for nonsense. */
static bool take(struct probe *probe, struct process *process,
                 struct record *record)
{
    struct report report;
    int got = record_receive(process->link, record);

    if (got < 0)
        return true; /* nothing yet */
    if (got == 0 || report_read(record, &report) < 0)
        return false;
    process->by_ms = report.by_ms;
    if (report.type != REPORT_END) {
        probe->take(probe, &report);
        return true;
    }
    error_set(&probe->err, report.class, report.code, "%s", report.text);
    return false;
}

void probe_run_session(struct probe *probe, const struct command *command,
                       enum purpose purpose)
{
    const struct account *account = probe->account;
    struct birth birth = {
        .session = command->session,
        .plan = {.account = account,
                 .purpose = purpose,
                 .lead = true,
                 .secret = probe->secret,
                 .refresh_interval_s = account->refresh_interval_s}};
    struct record *record = record_create(false);
    struct process process;

    log_set_level(LOG_NOTICE);
    error_set(&probe->err, ERROR_NOW, "ended",
              "the session ended without a word, which is a bug");
    if (process_start(&process, become_session, &birth, BIRTH_MS) < 0) {
        error_set(&probe->err, ERROR_LATER, "process",
                  "the system gives no process");
    } else {
        bool more = true;

        while (more && (more = await(&process)))
            more = take(probe, &process, record);
        if (process.by_ms <= clock_boottime_ms())
            error_set(&probe->err, ERROR_LATER, "timeout",
                      "it did not come to an end in time");
        process_kill(&process);
        process_close(&process);
    }
    record_destroy(&record);
}

int probe_status(const struct probe *probe)
{
    static const struct {
        const char *code;
        int status;
    } known[] = {
        {"", EX_OK},
        {"host-unknown", EX_NOHOST},
        {"connect", EX_UNAVAILABLE},
        {"unreachable", EX_UNAVAILABLE},
        {"flood", EX_DATAERR},
        {"injection", EX_DATAERR},
        {"uidnext", EX_DATAERR},
        {"ended", EX_SOFTWARE},
        {"greeting", EX_PROTOCOL},
        {"protocol", EX_PROTOCOL},
        {"tls", EX_PROTOCOL},
        {"starttls", EX_PROTOCOL},
        {"certificate", EX_PROTOCOL},
        {"login", EX_NOPERM},
        {"login-needed", EX_NOPERM},
        {"secret", EX_CONFIG},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].code, probe->err.code) == 0)
            return known[i].status;
    }
    return probe->err.class == ERROR_PERSON ? EX_CONFIG : EX_TEMPFAIL;
}
