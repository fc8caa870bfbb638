#include "core/shown.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static bool is_empty(const struct report_head *head)
{
    return !head->from[0] && !head->subject[0];
}

const struct report_head *shown_newest(const struct report *report,
                                       int64_t rules)
{
    const struct report_head *newest = NULL;

    for (size_t i = 0; i < report->head_count; i++) {
        const struct report_head *head = &report->heads[i];

        if ((rules >> head->rule & 1) && (!newest || head->uid > newest->uid))
            newest = head;
    }
    return newest && !is_empty(newest) ? newest : NULL;
}

void shown_keep(struct shown **kept, const struct report_head *head,
                const char *account, const char *mailbox)
{
    shown_forget(kept);
    if (!head)
        return;
    struct shown *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED) /* the push is worth more than what it shows */
        return;
    madvise(page, sizeof *page, MADV_WIPEONFORK);
    madvise(page, sizeof *page, MADV_DONTDUMP);
    snprintf(page->letterhead.from, sizeof page->letterhead.from, "%s",
             head->from);
    snprintf(page->letterhead.subject, sizeof page->letterhead.subject, "%s",
             head->subject);
    snprintf(page->account, sizeof page->account, "%s", account);
    snprintf(page->mailbox, sizeof page->mailbox, "%s", mailbox);
    *kept = page;
}

void shown_move(struct shown **to, struct shown **from)
{
    shown_forget(to);
    *to = *from;
    *from = NULL;
}

void shown_forget(struct shown **kept)
{
    if (*kept) {
        explicit_bzero(*kept, sizeof **kept);
        munmap(*kept, sizeof **kept);
    }
    *kept = NULL;
}
