#include "base/subscription.h"

void subscription_pack_value(struct record *record, int64_t id,
                             const char *value)
{
    record_start(record, COURIER_READ);
    record_put_number(record, id);
    record_put_string(record, value);
}

int subscription_read_value(struct record *record, int64_t *id,
                            const char **value)
{
    if (record_type(record) != COURIER_READ)
        return -1;
    *id = record_get_number(record);
    *value = record_get_string(record);
    return record_complete(record) ? 0 : -1;
}

void subscription_pack(struct record *record,
                       const struct subscription *subscription)
{
    record_start(record, COURIER_SUBSCRIPTION);
    record_put_number(record, subscription->id);
    record_put_string(record, subscription->key);
    record_put_string(record, subscription->wrong);
    record_put_string(record, subscription->url);
    record_put_string(record, subscription->p256dh);
    record_put_string(record, subscription->auth);
    record_put_number(record, (int64_t)subscription->mailbox_count);
    for (size_t i = 0; i < subscription->mailbox_count; i++)
        record_put_string(record, subscription->mailboxes[i]);
}

int subscription_read(struct record *record, struct subscription *subscription)
{
    *subscription = (struct subscription){0};
    if (record_type(record) != COURIER_SUBSCRIPTION)
        return -1;
    subscription->id = record_get_number(record);
    subscription->key = record_get_string(record);
    subscription->wrong = record_get_string(record);
    subscription->url = record_get_string(record);
    subscription->p256dh = record_get_string(record);
    subscription->auth = record_get_string(record);
    subscription->mailbox_count =
        (size_t)record_get_range(record, 0, SUBSCRIPTION_MAILBOXES);
    for (size_t i = 0; i < subscription->mailbox_count; i++)
        subscription->mailboxes[i] = record_get_string(record);
    return record_complete(record) ? 0 : -1;
}
