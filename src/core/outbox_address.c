/*
 * What a push is about: account and mailbox for templates, which the ledger
 * keeps, and sender and subject of the newest mail, which it does not.
 *
 * A push pays for all that is owed to an endpoint and all that is held for it,
 * so one thing of each kind is enough: the newest. Where the newest is not
 * known nothing is shown, rather than an older one.
 */
#include "core/outbox_private.h"

#include <stdio.h>

void outbox_address(struct recipient *recipient, bool attention,
                    const char *account, const char *mailbox)
{
    recipient->row.attention = attention;
    snprintf(recipient->row.account, sizeof recipient->row.account, "%s",
             account);
    snprintf(recipient->row.mailbox, sizeof recipient->row.mailbox, "%s",
             mailbox);
    shown_forget(&recipient->shown);
}

/* Of what no rule tells the endpoint nothing is shown to it either. */
static void keep(struct shown **kept, const struct recipient *recipient,
                 const struct account *account, const struct report *report)
{
    const struct report_head *head =
        recipient->endpoint->payload == PAYLOAD_HEADERS
            ? shown_newest(report, later_rules(account, recipient))
            : NULL;

    shown_keep(kept, head, account->name, report->mailbox);
}

void outbox_address_mail(struct recipient *recipient,
                         const struct account *account,
                         const struct report *report)
{
    outbox_address(recipient, false, account->name, report->mailbox);
    keep(&recipient->shown, recipient, account, report);
}

void outbox_hold_mail(struct recipient *recipient,
                      const struct account *account,
                      const struct report *report)
{
    keep(&recipient->held, recipient, account, report);
}

void outbox_address_held(struct recipient *recipient,
                         const struct ledger_interval *held)
{
    const struct shown *known = recipient->held;

    outbox_address(recipient, false, known ? known->account : held->account,
                   known ? known->mailbox : held->mailbox);
    shown_move(&recipient->shown, &recipient->held);
}

void outbox_forget_shown(struct recipient *recipient,
                         const struct endpoint *endpoint)
{
    if (endpoint && endpoint->payload == PAYLOAD_HEADERS)
        return;
    shown_forget(&recipient->shown);
    shown_forget(&recipient->held);
}
