#include "core/status.h"

#include "base/clock.h"
#include "core/remedy.h"

#include <string.h>
#include <unistd.h>

void status_moment(struct json *json, const char *name, int64_t at_ms)
{
    int64_t calendar_ms = clock_realtime_us() / 1000;

    if (at_ms == 0 || at_ms == CLOCK_NEVER)
        json_null(json, name);
    else
        json_moment(json, name,
                    (calendar_ms + at_ms - clock_boottime_ms()) / 1000);
}

void status_number(struct json *json, const char *name, int64_t number)
{
    if (number > 0)
        json_number(json, name, number);
    else
        json_null(json, name);
}

/* What is wrong with none of the accounts and endpoints. */
static void write_troubles(const struct status_source *source,
                           bool any_endpoint, struct json *json)
{
    json_open_array(json, "troubles");
    if (source->config_is_old)
        remedy_write(json, NULL, "config", NULL,
                     "the configuration has errors; the old one stays in "
                     "force");
    if (outbox_is_degraded(source->outbox))
        remedy_write(json, NULL, "ledger", NULL,
                     "the ledger cannot be written");
    if (!any_endpoint)
        remedy_write(json, NULL, "no-endpoint", NULL,
                     "there is no endpoint, so nobody is told");
    json_close_array(json);
}

static void write_daemon(const struct status_source *source, bool any_endpoint,
                         struct json *json)
{
    bool degraded = outbox_is_degraded(source->outbox);

    json_open_object(json, "daemon");
    json_number(json, "pid", getpid());
    json_text(json, "release", IMAPPUSHD_VERSION);
    status_moment(json, "since", source->begun_ms);
    json_text(json, "config", source->config_is_old ? "old" : "ok");
    json_text(json, "ledger", degraded ? "failing" : "ok");
    write_troubles(source, any_endpoint, json);
    json_close_object(json);
}

static bool is_wanted(const char *wanted, const char *name)
{
    return !wanted || strcmp(wanted, name) == 0;
}

bool status_write(const struct status_source *source, const char *name,
                  struct json *json)
{
    size_t found = 0, count;
    const struct recipient *recipients =
        outbox_recipients(source->outbox, &count);
    bool degraded = outbox_is_degraded(source->outbox);

    json_open_object(json, NULL);
    json_number(json, "version", 1);
    write_daemon(source, count > 0, json);
    json_open_array(json, "accounts");
    for (size_t i = 0; i < source->config->account_count; i++) {
        const struct account *account = &source->config->accounts[i];

        if (!is_wanted(name, account->name))
            continue;
        status_write_account(json, account,
                             roster_member(source->roster, account),
                             source->outbox);
        found++;
    }
    json_close_array(json);
    json_open_array(json, "endpoints");
    for (size_t i = 0; i < count; i++) {
        if (!is_wanted(name, recipients[i].endpoint->name))
            continue;
        status_write_endpoint(json, &recipients[i], degraded);
        found++;
    }
    json_close_array(json);
    json_close_object(json);
    return found > 0 || !name;
}
