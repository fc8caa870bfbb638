#include "session/news.h"

#include "base/log.h"
#include "session/link.h"

void news_begin_look(struct session *session)
{
    struct watched *watched = session_selected(session);

    look_begin(&session->look, &watched->mailbox.cursor, &watched->rules);
}

static void move_cursor(struct session *session, size_t index,
                        const struct cursor *cursor, struct report *report)
{
    struct watched *watched = &session->watched[index];

    session->guests.told = true;
    watched->mailbox.cursor = *cursor;
    watched->doubted = false;
    report->mailbox = watched->mailbox.name;
    report->cursor = *cursor;
    report->live = session->live;
    link_report(session, report, 0);
    if (index == session->selected)
        news_begin_look(session);
}

void news_report_cursor(struct session *session, size_t index,
                        const struct cursor *cursor)
{
    struct report report = {.type = REPORT_CURSOR};

    move_cursor(session, index, cursor, &report);
}

void news_report(struct session *session, size_t index,
                 const struct cursor *cursor, enum news_reason reason)
{
    const struct rules *rules = &session->watched[index].rules;
    const struct look *look = &session->look;
    struct report report = {.type = REPORT_NEWS, .reason = reason};

    if (reason == NEWS_MAIL) {
        report.rules = look->matched;
        report.internaldate = look->internaldate;
    }
    /* where an answer was missing, the newest may be another one */
    if (reason == NEWS_MAIL && rules->heads && !look->doubt)
        heads_report(rules->heads, &report);
    if (reason != NEWS_MAIL || look->doubt)
        report.rules |= rules_bit(rules, rules_doubt(rules));
    move_cursor(session, index, cursor, &report);
}

/* Did the server tell? What it says only when we ask does not count. */
static void note_news(struct session *session)
{
    if (!session->proving) {
        session->untold = 0;
        return;
    }
    session->missed = true;
    log_notice("the server did not tell us of new mail in %s",
               session_selected(session)->mailbox.name);
}

void news_settle(struct session *session, int64_t uidnext)
{
    const struct look *look = &session->look;
    struct watched *watched = session_selected(session);
    struct cursor cursor = watched->mailbox.cursor;
    bool moved;

    if (look->next > cursor.uidnext)
        cursor.uidnext = look->next;
    if (uidnext > cursor.uidnext)
        cursor.uidnext = uidnext;
    moved = cursor.uidnext > watched->mailbox.cursor.uidnext;
    if (look->wanted) {
        note_news(session);
        news_report(session, session->selected, &cursor, NEWS_MAIL);
    } else if (look->doubt && (moved || look->prompted || !watched->doubted)) {
        news_report(session, session->selected, &cursor, NEWS_DOUBT);
        watched->doubted = !moved;
    } else if (moved) {
        news_report_cursor(session, session->selected, &cursor);
    } else {
        news_begin_look(session);
    }
}
