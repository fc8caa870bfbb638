#include "base/request.h"

#include "base/clock.h"

#include <string.h>

bool request_owns_header(const char *name, size_t length)
{
    static const char *const names[] = {
        "Connection", "Content-Length", "Expect",  "Keep-Alive",
        "TE",         "Trailer",        "Upgrade", "Transfer-Encoding"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == length &&
            strncasecmp(names[i], name, length) == 0)
            return true;
    }
    return false;
}

void request_pack(struct record *record, const struct request *request)
{
    record_start(record, COURIER_REQUEST);
    record_put_number(record, request->id);
    record_put_string(record, request->method);
    record_put_string(record, request->url);
    record_put_string(record, request->headers);
    record_put_string(record, request->body);
    record_put_string(record, request->ca_file);
    record_put_string(record, request->proxy);
    record_put_string(record, request->p256dh);
    record_put_string(record, request->auth);
    record_put_string(record, request->subject);
    record_put_string(record, request->urgency);
    record_put_number(record, request->ttl_s);
    record_put_string(record, request->title);
    record_put_string(record, request->tag);
    record_put_string(record, request->navigate);
    record_put_string(record, request->account);
    record_put_string(record, request->mail_from);
    record_put_string(record, request->mail_subject);
    record_put_number(record, request->version);
    record_put_number(record, request->alive);
    record_put_number(record, request->small);
    record_put_number(record, request->public_only);
    record_put_number(record, request->insecure_http);
}

int request_read(struct record *record, struct request *request)
{
    if (record_type(record) != COURIER_REQUEST)
        return -1;
    request->id = record_get_number(record);
    request->method = record_get_string(record);
    request->url = record_get_string(record);
    request->headers = record_get_string(record);
    request->body = record_get_string(record);
    request->ca_file = record_get_string(record);
    request->proxy = record_get_string(record);
    request->p256dh = record_get_string(record);
    request->auth = record_get_string(record);
    request->subject = record_get_string(record);
    request->urgency = record_get_string(record);
    request->ttl_s = record_get_range(record, 0, INT32_MAX);
    request->title = record_get_string(record);
    request->tag = record_get_string(record);
    request->navigate = record_get_string(record);
    request->account = record_get_string(record);
    request->mail_from = record_get_string(record);
    request->mail_subject = record_get_string(record);
    request->version = record_get_range(record, 0, INT64_MAX);
    request->alive = record_get_range(record, 0, 1);
    request->small = record_get_range(record, 0, 1);
    request->public_only = record_get_range(record, 0, 1);
    request->insecure_http = record_get_range(record, 0, 1);
    return record_complete(record) ? 0 : -1;
}

void outcome_pack(struct record *record, const struct outcome *outcome)
{
    record_start(record, COURIER_OUTCOME);
    record_put_number(record, outcome->id);
    record_put_number(record, outcome->kind);
    record_put_number(record, outcome->status);
    record_put_number(record, outcome->retry_after_s);
    record_put_number(record, outcome->took_ms);
    record_put_number(record, outcome->date_s);
    record_put_string(record, outcome->text);
}

int outcome_read(struct record *record, struct outcome *outcome)
{
    if (record_type(record) != COURIER_OUTCOME)
        return -1;
    outcome->id = record_get_number(record);
    outcome->kind = record_get_range(record, 0, OUTCOME_KINDS - 1);
    outcome->status = (int)record_get_range(record, 0, 999);
    outcome->retry_after_s = record_get_range(record, 0, INT64_MAX);
    outcome->took_ms = record_get_range(record, 0, INT32_MAX);
    outcome->date_s = record_get_range(record, 0, CLOCK_END_S);
    outcome->text = record_get_string(record);
    return record_complete(record) ? 0 : -1;
}
