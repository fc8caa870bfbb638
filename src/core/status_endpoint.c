#include "core/status.h"

#include "base/clock.h"
#include "core/due.h"
#include "core/remedy.h"

#include <stdio.h>

static const char *const states[HEALTHS] = {[HEALTH_OK] = "ok",
                                            [HEALTH_RETRYING] = "retrying",
                                            [HEALTH_GONE] = "gone",
                                            [HEALTH_PARKED] = "parked"};

/* What an answer other than a 2xx means. */
static const char *code_of_answer(int status)
{
    switch (status) {
    case 404:
    case 410:
        return "gone";
    case 401:
    case 403:
        return "not-accepted";
    case 405:
        return "method";
    case 413:
        return "too-large";
    case 408:
    case 429:
    case 503:
        return "busy";
    case 507:
        return "nobody-listens";
    default:
        if (status >= 300 && status <= 399)
            return "redirect";
        return status >= 500 && status <= 599 ? "failing" : "answered";
    }
}

static const char *code_of(const struct recipient *recipient)
{
    static const char *const codes[OUTCOME_KINDS] = {
        [OUTCOME_UNREACHABLE] = "push-unreachable",
        [OUTCOME_CERTIFICATE] = "push-certificate",
        [OUTCOME_REFUSED] = "not-sent",
    };

    if (codes[recipient->kind])
        return codes[recipient->kind];
    return code_of_answer(recipient->row.last_status);
}

/* Is its push held because nothing tells what time it is? */
static bool is_held(const struct recipient *recipient, bool ledger_fails)
{
    return recipient->row.held || (recipient_is_owed(recipient) &&
                                   !recipient->durable && ledger_fails);
}

static void write_error(struct json *json, const struct recipient *recipient,
                        bool held)
{
    const char *label = recipient->endpoint->label;
    char text[sizeof recipient->text + 400];

    if (held) {
        remedy_write(json, "error", "clock", NULL,
                     "a push is held: this machine's clock cannot be trusted");
        return;
    }
    if (recipient->row.health == HEALTH_OK) {
        json_null(json, "error");
        return;
    }
    if (recipient->text[0])
        snprintf(text, sizeof text, "%.300s %s", label, recipient->text);
    else if (recipient->row.last_status)
        snprintf(text, sizeof text, "%.300s answered %d", label,
                 recipient->row.last_status);
    else
        snprintf(text, sizeof text, "%.300s did not take it", label);
    remedy_write(json, "error", code_of(recipient), recipient->endpoint->name,
                 text);
}

void status_write_endpoint(struct json *json, const struct recipient *recipient,
                           bool ledger_fails)
{
    const struct endpoint *endpoint = recipient->endpoint;
    const struct ledger_endpoint *row = &recipient->row;
    bool held = is_held(recipient, ledger_fails);
    char host[ENDPOINT_HOST_SIZE];

    json_open_object(json, NULL);
    json_text(json, "name", endpoint->name);
    json_text(json, "kind", endpoint_kind_name(endpoint->kind));
    json_text(json, "host", endpoint_host(endpoint, host));
    json_text(json, "label", endpoint->label);
    json_truth(json, "registered", endpoint->registered);
    json_text(json, "state",
              states[held ? HEALTH_RETRYING : recipient->row.health]);
    json_truth(json, "owed", row->held || recipient_is_owed(recipient));
    status_number(json, "last_version", row->assigned);
    status_number(json, "last_status", row->last_status);
    status_moment(json, "last_ok", recipient->ok_ms);
    status_moment(json, "next_try", due_ms(recipient));
    write_error(json, recipient, held);
    json_close_object(json);
}
